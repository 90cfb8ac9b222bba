/** The message field: Enter sends, arrow up brings back what was sent, `/` shows how commands are used. */
import { el } from "./dom.js";
import { suggestions } from "./hints.js";

const HISTORY_LENGTH = 50;
const TALLEST_PX = 200;

export class Composer {
  #chosen = -1;
  #choices = [];
  #back = 0; // how far back in the history the field shows; 0 is what is being typed

  /** `send(text)` says it, and answers false when the text should stay in the field. */
  constructor(people, send) {
    this.people = people;
    this.send = send;
    this.field = el("textarea", {
      id: "message",
      rows: 1,
      "aria-label": "Message",
      "aria-describedby": "composer-help",
      "aria-autocomplete": "list",
      "aria-controls": "hints",
      autocomplete: "off",
      spellcheck: "false",
    });
    this.list = el("div.hints", { id: "hints", role: "listbox", "aria-label": "Commands", hidden: true });
    this.button = el("button.send", { type: "submit", "aria-label": "Send message" }, "➤");
    this.form = document.getElementById("composer");
    this.form.append(
      this.list,
      el("div.composer-box", {}, this.field, this.button),
      el(
        "p.composer-help",
        { id: "composer-help" },
        el("kbd", {}, "/"),
        " for commands · ",
        el("kbd", {}, "Enter"),
        " to send · ",
        el("kbd", {}, "Shift"),
        "+",
        el("kbd", {}, "Enter"),
        " for a new line · ",
        el("kbd", {}, "↑"),
        " for what you sent before",
      ),
    );
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.field.addEventListener("input", () => {
      this.#back = 0; // what was brought back and then changed is new
      this.#changed();
    });
    this.field.addEventListener("blur", () => (this.list.hidden = true));
    this.field.addEventListener("focus", () => this.#suggest());
    this.#changed();
  }

  /** Another channel or person: the field is theirs, with its own history. */
  enter(channel) {
    this.field.placeholder = `Message ${channel.is_im ? "" : "#"}${channel.name}`;
    this.#back = 0;
  }

  async #submit() {
    const text = this.field.value;
    if (!text.trim()) return;
    this.#write("");
    this.#remember(text);
    const kept = (await this.send(text)) === false;
    if (kept && !this.field.value) this.#write(text);
  }

  #write(text) {
    this.field.value = text;
    this.field.setSelectionRange(text.length, text.length);
    this.#changed();
  }

  #changed() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, TALLEST_PX)}px`;
    this.button.disabled = !this.field.value.trim();
    this.#suggest();
  }

  #key(event) {
    if (event.isComposing) return;
    const open = !this.list.hidden;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (open && this.#chosen >= 0) this.#choose(this.#choices[this.#chosen]);
      else this.#submit();
    } else if (event.key === "Tab" && open && !event.shiftKey) {
      event.preventDefault();
      this.#choose(this.#choices[Math.max(this.#chosen, 0)]);
    } else if (event.key === "Escape" && open) {
      this.list.hidden = true;
    } else if (event.key === "ArrowDown" && open && !this.#back) {
      event.preventDefault();
      this.#mark((this.#chosen + 1) % this.#choices.length);
    } else if (event.key === "ArrowUp" && open && this.#chosen >= 0) {
      event.preventDefault();
      this.#mark(this.#chosen - 1);
    } else if ((event.key === "ArrowUp" || event.key === "ArrowDown") && (this.#back || !this.field.value)) {
      this.#browse(event);
    }
  }

  // -- history, kept per person for this browser tab --------------------------------------------------------

  get #historyKey() {
    return `history:${this.people.user}`;
  }

  get #history() {
    return JSON.parse(sessionStorage.getItem(this.#historyKey) ?? "[]");
  }

  #remember(text) {
    const history = [...this.#history.filter((one) => one !== text), text].slice(-HISTORY_LENGTH);
    sessionStorage.setItem(this.#historyKey, JSON.stringify(history));
    this.#back = 0;
  }

  #browse(event) {
    const history = this.#history;
    const back = Math.min(Math.max(this.#back + (event.key === "ArrowUp" ? 1 : -1), 0), history.length);
    if (back === this.#back) return;
    event.preventDefault();
    this.#back = back;
    this.#write(back ? history.at(-back) : "");
    this.list.hidden = true;
  }

  // -- hints ------------------------------------------------------------------------------------------------

  #suggest() {
    this.#choices = suggestions(this.field.value, this.people.state?.commands ?? []);
    this.#chosen = -1;
    this.list.hidden = !this.#choices.length || document.activeElement !== this.field;
    this.list.replaceChildren(...this.#choices.map((choice, index) => this.#option(choice, index)));
    this.field.removeAttribute("aria-activedescendant");
  }

  #option(choice, index) {
    const pick = (event) => {
      event.preventDefault(); // the field keeps the focus
      this.#choose(choice);
    };
    return el(
      "div.hint",
      { role: "option", id: `hint-${index}`, "aria-selected": "false", onpointerdown: pick },
      el("span.hint-command", {}, choice.label),
      choice.usage && el("span.hint-usage", {}, ` ${choice.usage}`),
      choice.note && el("span.hint-note", {}, choice.note),
    );
  }

  #mark(index) {
    this.#chosen = index;
    [...this.list.children].forEach((node, at) => {
      node.setAttribute("aria-selected", String(at === index));
      if (at === index) node.scrollIntoView({ block: "nearest" });
    });
    if (index >= 0) this.field.setAttribute("aria-activedescendant", `hint-${index}`);
    else this.field.removeAttribute("aria-activedescendant");
  }

  #choose(choice) {
    this.#write(choice.insert);
    this.field.focus();
  }
}
