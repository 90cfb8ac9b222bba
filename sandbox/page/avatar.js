/** Who said it: the name, and a coloured square with initials in place of a picture. */
import { el } from "./dom.js";

const SLACKBOT = { name: "Slackbot", colour: "#4a6572", app: true, initials: "S" };
const BOT_COLOUR = "#0b5cad";

/** `{name, colour, app, initials}` of a message's author; `people` is the Workspace. */
export function author(message, people) {
  const { bot } = people.state;
  if (message.user === "USLACKBOT") return SLACKBOT;
  if (message.bot_id || message.user === bot.id) {
    return { name: bot.name, colour: BOT_COLOUR, app: true, initials: initials(bot.name) };
  }
  const person = people.person(message.user);
  const name = person?.real_name ?? person?.name ?? message.user ?? "Somebody";
  return { name, colour: person?.colour ?? "#616061", app: false, initials: initials(name) };
}

const initials = (name) =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word[0]?.toUpperCase() ?? "")
    .join("");

export function avatar(who) {
  const node = el("span.avatar", { "aria-hidden": "true" }, who.initials);
  node.style.backgroundColor = who.colour;
  return node;
}
