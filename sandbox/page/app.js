/** Starts the page and puts its parts together: who the person is, where they are, what they do. */
import * as api from "./api.js";
import { askConfirm } from "./confirm.js";
import { Composer } from "./composer.js";
import { Home } from "./home.js";
import { Log } from "./log.js";
import { Modal } from "./modal.js";
import { Rail } from "./rail.js";
import { Workspace } from "./state.js";
import { toast } from "./toast.js";

const FIRST_PERSON = "U0ADA";

const people = new Workspace();
const folds = new Map();
const rail = new Rail(people, { onPerson: become });
const log = new Log(people, (message) =>
  context(`${message.channel}-${message.ts}`, "message", { channel: message.channel, ts: message.ts }),
);
const home = new Home(people, (view) => context(view.id, "home", { view_id: view.id }));
const modal = new Modal(
  people,
  (view) => context(view.id, "modal", { view_id: view.id }, (message) => modal.trouble(view.id, message)), // a toast would be behind it
  () => people.refresh(),
);
const composer = new Composer(people, send);

/** Where a set of blocks stands, and what a click in it does (see blocks/index.js). */
function context(scope, surface, place, complain = toast) {
  const act = (action) => attempt(() => api.click(people.user, { ...place, ...action }), complain);
  return { scope, surface, people, folds, act, confirm: (spec) => askConfirm(spec, people) };
}

/** Does what the person asked; what goes wrong is shown, never thrown. Answers whether it worked. */
async function attempt(request, complain = toast) {
  try {
    const answer = await request();
    if (!answer.ok) complain(answer.error ?? "That did not work.");
    people.refresh();
    return Boolean(answer.ok);
  } catch (error) {
    complain(error.message);
    return false;
  }
}

async function send(text) {
  log.toBottom();
  if (!text.startsWith("/")) return attempt(() => api.say(people.user, place().channel, text));
  try {
    const answer = await api.say(people.user, place().channel, text);
    people.refresh();
    const known = people.state.commands.some(({ command }) => command === text.split(/\s/)[0]);
    if (answer.ok || known) return true; // that a known command failed, Slackbot says in the channel
    toast(answer.error);
    return false;
  } catch (error) {
    toast(error.message);
    return false;
  }
}

// -- where the reader is: #C0OPS, #C0OPS/p1700000000000100 (a message) or #home -----------------------------

function place() {
  const [id, message] = location.hash.slice(1).split("/");
  if (id === "home") return { home: true };
  return {
    channel: people.channel(id) ? id : people.state.channels[0].id,
    ts: message?.replace(/^p(\d+)(\d{6})$/, "$1.$2"),
  };
}

/**
 * A permalink of this workspace is followed inside the page; so is the address of one that was opened in a
 * new tab.
 */
const permalink = (address) => /^\/archives\/(\w+)\/(p\d+)$/.exec(new URL(address, location.href).pathname);

document.addEventListener("click", (event) => {
  const target = event.target.closest("a[href]");
  const ours = target && (new URL(target.href).origin === location.origin || people.isPermalink(target.href));
  const found = ours && permalink(target.href);
  if (found && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    follow(`#${found[1]}/${found[2]}`);
  }
  if (!event.target.closest("#rail, #menu")) openRail(false);
});

function follow(hash) {
  if (location.hash === hash)
    arrive(); // the same message once more
  else location.hash = hash;
}

function arrive() {
  openRail(false);
  const { home: atHome, channel, ts } = place();
  if (atHome) attempt(() => api.openHome(people.user));
  show();
  if (!atHome) composer.enter(people.channel(channel));
  if (ts && !log.reveal(ts))
    toast("That message is not here: it was deleted, or only somebody else can see it.");
}

// -- drawing ------------------------------------------------------------------------------------------------

function show() {
  document.getElementById("offline").hidden = people.online;
  if (!people.state) return;
  const { home: atHome, channel } = place();
  document.getElementById("channel").hidden = Boolean(atHome);
  document.getElementById("home").hidden = !atHome;
  if (atHome) home.show();
  else log.show(people.channel(channel));
  rail.show({ home: atHome, channel });
  showTop(atHome ? null : people.channel(channel));
  modal.show();
}

function showTop(channel) {
  const { bot } = people.state;
  const name = channel && !channel.is_im ? `# ${channel.name}` : bot.name;
  const member = channel?.members.includes(bot.id);
  const about = channel
    ? [channel.topic, `${channel.members.length} members`, member ? "" : `${bot.name} is not in this channel`]
    : ["Home"];
  write("place", name);
  write("about", about.filter(Boolean).join(" · "));
  document.title = `${rail.unread ? `(${rail.unread}) ` : ""}${name.replace("# ", "#")} · ${people.state.team.name}`;
}

function write(id, text) {
  const node = document.getElementById(id);
  if (node.textContent !== text) node.textContent = text;
}

function openRail(open) {
  document.body.classList.toggle("rail-open", open);
  document.getElementById("menu").setAttribute("aria-expanded", String(open));
}

// -- who the person is --------------------------------------------------------------------------------------

let arrived = null; // whose state was on screen last

function become(user) {
  const address = new URL(location.href);
  address.searchParams.set("user", user);
  history.replaceState(null, "", address);
  return people.enter(user);
}

people.listen((event) => {
  if (people.state && arrived !== people.user) {
    arrived = people.user;
    rail.forget();
    return arrive();
  }
  if (event?.type === "view_errors") modal.errors(event.view_id, event.errors);
  return show();
});
window.addEventListener("hashchange", arrive);
window.dispatchEvent(new Event("app-started"));
document
  .getElementById("menu")
  .addEventListener("click", () => openRail(!document.body.classList.contains("rail-open")));

const opened = permalink(location.href);
if (opened) history.replaceState(null, "", `/${location.search}#${opened[1]}/${opened[2]}`);
await become(new URLSearchParams(location.search).get("user") ?? FIRST_PERSON);
