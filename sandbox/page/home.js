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

  show() {
    const { home, bot } = this.people.state;
    this.#empty.hidden = Boolean(home);
    this.#empty.textContent = `${bot.name} has not published a Home tab for you yet.`;
    this.#blocks.hidden = !home;
    if (home) showBlocks(this.#blocks, home.blocks, this.ctxOf(home));
  }
}
