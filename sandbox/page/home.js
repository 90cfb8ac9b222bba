/** The app's Home tab. */
import { blockList, showBlocks } from "./blocks/index.js";
import { el } from "./dom.js";

export class Home {
  #root = document.getElementById("home");
  #blocks = blockList();
  #empty = el("p.home-empty");

  constructor(people, ctxOf) {
    this.people = people;
    this.ctxOf = ctxOf;
    this.#root.append(this.#empty, this.#blocks);
  }

  /** `waiting`: the app was just told that its Home was opened and has not answered. */
  show(waiting) {
    const { home, bot } = this.people.state;
    this.#empty.hidden = Boolean(home);
    this.#empty.textContent = waiting ? `Opening the Home tab of ${bot.name}…` : `${bot.name} has not published a Home tab for you.`;
    showBlocks(this.#blocks, home?.blocks ?? [], home ? this.ctxOf(home) : null);
  }
}
