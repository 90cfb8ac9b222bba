/** People, channels, groups and dates inside a text. `people` is the Workspace (state.js). */
import { el } from "./dom.js";

export function personMention(id, people, label = "") {
  const { bot } = people.state;
  const name = people.person(id)?.name ?? (id === bot.id ? bot.name : label || id);
  return el(
    id === people.user ? "span.mention.me" : "span.mention",
    { title: id },
    `@${name.replace(/^@/, "")}`,
  );
}

export function channelMention(id, people, label = "") {
  const name = people.channel(id)?.name ?? (label || id);
  return el("a.mention", { href: `#${id}` }, `#${name.replace(/^#/, "")}`);
}

/** Who is in a group the page does not know, so its name is the one that was sent with it. */
export const groupMention = (id, label = "") =>
  el("span.mention", { title: id }, `@${(label || id).replace(/^@/, "")}`);

const DAY_MS = 86_400_000;
const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const clockSeconds = new Intl.DateTimeFormat(undefined, {
  hour: "numeric",
  minute: "2-digit",
  second: "2-digit",
});
const day = (style) => new Intl.DateTimeFormat(undefined, style);
const SHORT = day({ month: "short", day: "numeric", year: "numeric" });
const LONG = day({ weekday: "long", month: "long", day: "numeric", year: "numeric" });
const PLAIN = day({ month: "long", day: "numeric", year: "numeric" });
const NUMBERS = day({ year: "numeric", month: "2-digit", day: "2-digit" });

export const timeOfDay = (ts) => clock.format(Number(ts) * 1000);
export const fullTime = (ts) =>
  `${LONG.format(Number(ts) * 1000)} at ${clockSeconds.format(Number(ts) * 1000)}`;

/** "Today", "Yesterday" or the date: the line between two days of messages. */
export function dayName(ts, now = Date.now()) {
  return relative(new Date(Number(ts) * 1000), LONG, now);
}

function relative(moment, format, now = Date.now()) {
  const midnight = (time) => new Date(time).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(now) - midnight(moment)) / DAY_MS);
  return { "-1": "Tomorrow", 0: "Today", 1: "Yesterday" }[days] ?? format.format(moment);
}

/**
 * Slack's date tokens (https://docs.slack.dev/messaging/formatting-message-text#date-formatting); null for
 * a bad time.
 */
export function formatDate(seconds, format) {
  const moment = new Date(seconds * 1000);
  if (Number.isNaN(moment.getTime())) return null;
  const tokens = {
    date_num: () => NUMBERS.format(moment),
    date: () => PLAIN.format(moment),
    date_short: () => SHORT.format(moment),
    date_long: () => LONG.format(moment),
    date_pretty: () => relative(moment, PLAIN),
    date_short_pretty: () => relative(moment, SHORT),
    date_long_pretty: () => relative(moment, LONG),
    time: () => clock.format(moment),
    time_secs: () => clockSeconds.format(moment),
    ago: () => ago(moment),
  };
  return format.replace(/\{(\w+)\}/g, (typed, token) => tokens[token]?.() ?? typed);
}

const UNITS = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

function ago(moment) {
  const seconds = (moment.getTime() - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS.at(-1);
  return new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(Math.round(seconds / size), unit);
}
