/** Short notes about what did not work, over the page. */
import { el } from "./dom.js";

const SHOWN_MS = 10_000;

export function toast(message) {
  const note = el(
    "div.toast",
    { "data-testid": "toast" },
    el("span", {}, message),
    el("button.toast-close", { type: "button", "aria-label": "Dismiss", onclick: () => note.remove() }, "✕"),
  );
  document.getElementById("toasts").append(note);
  setTimeout(() => note.remove(), SHOWN_MS);
}
