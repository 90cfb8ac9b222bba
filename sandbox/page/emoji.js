/** The shortcodes bots use, as characters. One that is not here stays as typed, which is what Slack does too. */

const EMOJI = new Map(Object.entries({
  white_check_mark: "✅", heavy_check_mark: "✔️", ballot_box_with_check: "☑️", x: "❌", negative_squared_cross_mark: "❎",
  heavy_multiplication_x: "✖️", warning: "⚠️", no_entry: "⛔", no_entry_sign: "🚫", octagonal_sign: "🛑", stop_sign: "🛑",
  rotating_light: "🚨", fire: "🔥", boom: "💥", bug: "🐛", sos: "🆘", exclamation: "❗", heavy_exclamation_mark: "❗",
  grey_exclamation: "❕", bangbang: "‼️", question: "❓", grey_question: "❔", information_source: "ℹ️", bulb: "💡", bell: "🔔",
  no_bell: "🔕", mega: "📣", loudspeaker: "📢", speech_balloon: "💬", eyes: "👀", mag: "🔍", mag_right: "🔎",
  rocket: "🚀", ship: "🚢", package: "📦", rewind: "⏪", fast_forward: "⏩", leftwards_arrow_with_hook: "↩️",
  arrow_right_hook: "↪️", arrow_right: "➡️", arrow_left: "⬅️", arrow_up: "⬆️", arrow_down: "⬇️", arrow_forward: "▶️",
  arrow_backward: "◀️", arrows_counterclockwise: "🔄", arrows_clockwise: "🔃", repeat: "🔁", twisted_rightwards_arrows: "🔀",
  left_right_arrow: "↔️", double_vertical_bar: "⏸️", pause_button: "⏸️", black_square_for_stop: "⏹️", stop_button: "⏹️",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", stopwatch: "⏱️", alarm_clock: "⏰", timer_clock: "⏲️", clock1: "🕐",
  clock3: "🕒", calendar: "📅", date: "📅", spiral_calendar_pad: "🗓️", zap: "⚡", construction: "🚧", tools: "🛠️",
  hammer_and_wrench: "🛠️", wrench: "🔧", hammer: "🔨", gear: "⚙️", nut_and_bolt: "🔩", broom: "🧹", wastebasket: "🗑️",
  lock: "🔒", unlock: "🔓", closed_lock_with_key: "🔐", key: "🔑", shield: "🛡️", bust_in_silhouette: "👤",
  busts_in_silhouette: "👥", floppy_disk: "💾", cd: "💿", file_cabinet: "🗄️", card_file_box: "🗃️", card_index_dividers: "🗂️",
  open_file_folder: "📂", file_folder: "📁", page_facing_up: "📄", scroll: "📜", memo: "📝", pencil: "📝", pencil2: "✏️",
  clipboard: "📋", bookmark: "🔖", label: "🏷️", link: "🔗", paperclip: "📎", pushpin: "📌", inbox_tray: "📥", outbox_tray: "📤",
  bar_chart: "📊", chart_with_upwards_trend: "📈", chart_with_downwards_trend: "📉", moneybag: "💰", credit_card: "💳",
  computer: "💻", desktop_computer: "🖥️", globe_with_meridians: "🌐", satellite_antenna: "📡", electric_plug: "🔌", battery: "🔋",
  whale: "🐳", snake: "🐍", robot_face: "🤖", ghost: "👻", skull: "💀", ambulance: "🚑", hospital: "🏥", pill: "💊",
  test_tube: "🧪", microscope: "🔬", dna: "🧬", thermometer: "🌡️", stethoscope: "🩺", heartbeat: "💓", heart: "❤️",
  green_heart: "💚", blue_heart: "💙", large_green_circle: "🟢", large_blue_circle: "🔵", red_circle: "🔴",
  large_red_circle: "🔴", large_yellow_circle: "🟡", large_orange_circle: "🟠", large_purple_circle: "🟣", white_circle: "⚪",
  black_circle: "⚫", large_green_square: "🟩", large_blue_square: "🟦", large_red_square: "🟥", large_yellow_square: "🟨",
  large_orange_square: "🟧", white_large_square: "⬜", black_large_square: "⬛", small_blue_diamond: "🔹",
  small_orange_diamond: "🔸", large_blue_diamond: "🔷", large_orange_diamond: "🔶", star: "⭐", sparkles: "✨", tada: "🎉",
  dart: "🎯", trophy: "🏆", checkered_flag: "🏁", triangular_flag_on_post: "🚩", white_flag: "🏳️", crown: "👑", gem: "💎",
  "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", ok_hand: "👌", raised_hand: "✋", hand: "✋", wave: "👋", clap: "👏",
  pray: "🙏", muscle: "💪", point_right: "👉", point_left: "👈", point_up: "☝️", point_down: "👇", handshake: "🤝",
  smile: "😄", slightly_smiling_face: "🙂", wink: "😉", thinking_face: "🤔", sweat_smile: "😅", cry: "😢", scream: "😱",
  sleeping: "😴", zzz: "💤", see_no_evil: "🙈", 100: "💯", new: "🆕", ok: "🆗", soon: "🔜", back: "🔙", top: "🔝",
  coffee: "☕", pizza: "🍕", seedling: "🌱", snowflake: "❄️", ice_cube: "🧊", sunny: "☀️", cloud: "☁️", umbrella: "☔",
  house: "🏠", door: "🚪", anchor: "⚓", compass: "🧭", world_map: "🗺️", balance_scale: "⚖️", scales: "⚖️", books: "📚",
  book: "📖", newspaper: "📰", receipt: "🧾", one: "1️⃣", two: "2️⃣", three: "3️⃣", four: "4️⃣", five: "5️⃣", six: "6️⃣",
  white_medium_square: "◻️", heavy_minus_sign: "➖", heavy_plus_sign: "➕", recycle: "♻️", id: "🆔", passport_control: "🛂",
}));

/** The character for a shortcode (without colons), or undefined. */
export const emoji = (name) => EMOJI.get(name.split("::")[0]);

/** Text with every known `:shortcode:` replaced. */
export const withEmoji = (text) => text.replace(/:([a-z0-9_+-]+(?:::[a-z0-9-]+)?):/g, (typed, name) => emoji(name) ?? typed);
