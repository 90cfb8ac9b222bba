/** The left rail: the workspace, who you are, the channels, the app and whether it is connected. */
import { el, reconcile } from "./dom.js";

export class Rail {
  #seen = new Map(); // channel id → ts of the newest message that was on screen

  constructor(people, { onPerson }) {
    this.people = people;
    this.onPerson = onPerson;
    this.root = document.getElementById("rail");
    this.team = el("div.team");
    this.person = el("select", { id: "person", "data-testid": "person" });
    this.channels = el("ul.rail-list", { "aria-label": "Channels" });
    this.apps = el("ul.rail-list", { "aria-label": "Apps" });
    this.socket = el("p.socket", { role: "status", "data-testid": "socket-state" });
    this.person.addEventListener("change", () => this.onPerson(this.person.value));
    this.root.append(
      this.team,
      el("div.person-switch", {}, el("label", { for: "person" }, "You are"), this.person),
      el("h2.rail-title", {}, "Channels"),
      this.channels,
      el("h2.rail-title", {}, "Apps"),
      this.apps,
      this.socket,
    );
  }

  /** `place` is {channel} or {home: true}: where the reader is. */
  show(place) {
    const { state } = this.people;
    this.team.replaceChildren(
      el("span.team-icon", { "aria-hidden": "true" }, state.team.name[0]),
      el("span", {}, state.team.name),
    );
    this.#showPeople(state.users);
    if (place.channel) this.#markSeen(place.channel);
    this.#list(
      this.channels,
      this.#channelItems(place, (channel) => !channel.is_im),
    );
    const home = {
      id: "home",
      href: "#home",
      sign: "⌂",
      name: state.bot.name,
      current: Boolean(place.home),
      unread: 0,
    };
    const direct = this.#channelItems(place, (channel) => channel.is_im);
    this.#list(this.apps, [home, ...direct.map((item) => ({ ...item, sign: "✉", name: "Direct messages" }))]);
    this.#showSocket(state.bot.name);
  }

  /** How many messages wait in channels that are not on screen. */
  get unread() {
    return this.people.state.channels.reduce((sum, channel) => sum + this.#unreadIn(channel.id), 0);
  }

  /** A new person has read everything there was when they came. */
  forget() {
    this.#seen.clear();
    for (const channel of this.people.state.channels) this.#markSeen(channel.id);
  }

  #showPeople(users) {
    const options = users.map((user) => ({
      id: user.id,
      label: user.title ? `${user.real_name} · ${user.title}` : user.real_name,
    }));
    reconcile(this.person, options, {
      key: (one) => one.id,
      render: (one) => el("option", { value: one.id }, one.label),
    });
    this.person.value = this.people.user;
  }

  #channelItems(place, wanted) {
    return this.people.state.channels.filter(wanted).map((channel) => ({
      id: channel.id,
      href: `#${channel.id}`,
      sign: "#",
      name: channel.name,
      current: place.channel === channel.id,
      unread: this.#unreadIn(channel.id),
    }));
  }

  #list(list, items) {
    reconcile(list, items, {
      key: (item) => item.id,
      render: (item) =>
        el(
          "li",
          {},
          el(
            "a.rail-item",
            {
              href: item.href,
              "aria-current": item.current ? "page" : null,
              "data-focus": item.id,
              "data-unread": item.unread ? "true" : null,
            },
            el("span.rail-sign", { "aria-hidden": "true" }, item.sign),
            el("span.rail-name", {}, item.name),
            item.unread > 0 && el("span.rail-unread", { "aria-label": `${item.unread} new` }, item.unread),
          ),
        ),
    });
  }

  #markSeen(id) {
    this.#seen.set(id, Number(this.people.messages(id).at(-1)?.ts ?? 0));
  }

  #unreadIn(id) {
    const seen = this.#seen.get(id) ?? 0;
    return this.people.messages(id).filter((message) => Number(message.ts) > seen).length;
  }

  #showSocket(name) {
    const { sockets } = this.people;
    const words = sockets ? `${name} is connected` : `${name} is not connected`;
    const detail = sockets
      ? `${sockets} ${sockets === 1 ? "socket" : "sockets"}`
      : "start the bot to use its commands";
    this.socket.classList.toggle("up", sockets > 0);
    const shown = [
      el("span.dot", { "aria-hidden": "true" }),
      el("span", {}, words, el("span.socket-detail", {}, detail)),
    ];
    if (this.socket.textContent !== words + detail) this.socket.replaceChildren(...shown); // said once, not at every refresh
  }
}
