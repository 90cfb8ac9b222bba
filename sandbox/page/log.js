/** The messages of a channel: days, groups, and a scroll position that stays where the reader is. */
import { author } from "./avatar.js";
import { el, reconcile } from "./dom.js";
import { dayName } from "./mentions.js";
import { isPrivate, renderMessage } from "./message.js";

const GROUP_SECONDS = 300;
const NEAR_BOTTOM_PX = 40;

export class Log {
  #scroller = document.getElementById("scroller");
  #log = document.getElementById("log");
  #jump = document.getElementById("jump");
  #pinned = true; // the reader is at the bottom and stays there
  #shown = { channel: null, last: null };

  constructor(people, ctxOf) {
    this.people = people;
    this.ctxOf = ctxOf;
    this.#scroller.addEventListener("scroll", () => this.#scrolled());
    this.#jump.addEventListener("click", () => this.toBottom());
    // Charts, pictures and the growing composer change heights without a message.
    const follow = new ResizeObserver(() => this.#pinned && this.#stick());
    follow.observe(this.#log);
    follow.observe(this.#scroller);
  }

  show(channel) {
    const entered = this.#shown.channel !== channel.id;
    const messages = this.people.messages(channel.id);
    const last = messages.at(-1)?.ts ?? null;
    if (entered) this.#log.replaceChildren(); // the next channel's news are not "additions" to this one
    reconcile(this.#log, this.#entries(channel, messages), {
      key: (entry) => entry.key,
      render: (entry, previous) => this.#render(entry, previous),
    });
    if (entered) this.toBottom();
    else if (this.#pinned) this.#stick();
    else if (last !== this.#shown.last) this.#jump.hidden = false;
    this.#shown = { channel: channel.id, last };
  }

  toBottom() {
    this.#pinned = true;
    this.#stick();
  }

  /** Scrolls to a message and marks it for a moment; false when it is not in this channel. */
  reveal(ts) {
    const node = this.#log.querySelector(`article[data-ts="${CSS.escape(ts)}"]`);
    if (!node) return false;
    const thread = node.parentElement.closest("details");
    if (thread) thread.open = true;
    this.#pinned = false;
    node.scrollIntoView({ block: "center" });
    node.classList.add("revealed");
    node.addEventListener("animationend", () => node.classList.remove("revealed"), { once: true });
    return true;
  }

  #stick() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#jump.hidden = true;
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    this.#pinned = scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM_PX;
    if (this.#pinned) this.#jump.hidden = true;
  }

  /** The channel's beginning, then messages with a line where a day begins. */
  #entries(channel, messages) {
    const entries = [{ key: "beginning", beginning: channel.id, topic: channel.topic }];
    let before = null;
    for (const message of messages) {
      const day = dayName(message.ts);
      if (!before || dayName(before.ts) !== day) entries.push({ key: `day:${day}`, day });
      const grouped = Boolean(before) && entries.at(-1).key === before.ts && this.#belongs(before, message);
      entries.push({
        key: message.ts,
        message,
        grouped,
        replies: this.people.replies(channel.id, message.ts),
      });
      before = message;
    }
    return entries;
  }

  #belongs(before, message) {
    const name = (one) => author(one, this.people).name;
    return (
      name(before) === name(message) &&
      isPrivate(before) === isPrivate(message) &&
      (before.type === "command") === (message.type === "command") &&
      Number(message.ts) - Number(before.ts) < GROUP_SECONDS &&
      !this.people.replies(before.channel, before.ts).length
    );
  }

  #render(entry, previous) {
    if (entry.message) return renderMessage(entry, previous, this.ctxOf);
    if (entry.day)
      return el("div.day", { role: "separator", "aria-label": entry.day }, el("span", {}, entry.day));
    const channel = this.people.channel(entry.beginning);
    return el(
      "div.beginning",
      {},
      el("h2", {}, channel.is_im ? channel.name : `# ${channel.name}`),
      el("p", {}, entry.topic || "This is the very beginning of the channel."),
    );
  }
}
