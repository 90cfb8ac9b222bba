/** The "Are you sure?" of a button (its `confirm` object). */
import { el } from "./dom.js";
import { plain, textObject } from "./mrkdwn.js";

/** Asks, and answers true when the reader confirms; Escape and the close button mean no. */
export function askConfirm(spec, people) {
  return new Promise((resolve) => {
    const answer = (yes) => () => dialog.close(yes ? "yes" : "no");
    const dialog = el(
      "dialog.modal.confirm",
      { "aria-labelledby": "confirm-title", "aria-describedby": "confirm-text" },
      el(
        "header.modal-head",
        {},
        el("h2", { id: "confirm-title" }, plain(spec.title)),
        el("button.icon-button", { type: "button", "aria-label": "Close", onclick: answer(false) }, "✕"),
      ),
      el("div.modal-body", { id: "confirm-text" }, textObject(spec.text, people)),
      el(
        "footer.modal-foot",
        {},
        el("button.button", { type: "button", onclick: answer(false) }, plain(spec.deny) || "Cancel"),
        el(
          `button.button.button-${spec.style === "danger" ? "danger" : "primary"}`,
          { type: "button", onclick: answer(true) },
          plain(spec.confirm) || "Yes",
        ),
      ),
    );
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
    const [no, yes] = dialog.querySelectorAll("footer .button");
    (spec.style === "danger" ? no : yes).focus(); // a stray Enter must not destroy anything
  });
}
