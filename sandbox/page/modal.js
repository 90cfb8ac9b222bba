/**
 * The open modals of a person: a stack of forms in one dialog, the top one on screen. Those below keep what
 * was typed.
 */
import { closeView, submitView } from "./api.js";
import { blockList, showBlocks } from "./blocks/index.js";
import { values } from "./blocks/controls.js";
import { showError } from "./blocks/input.js";
import { el, reconcile } from "./dom.js";
import { plain } from "./mrkdwn.js";

export class Modal {
  #dialog = document.getElementById("modal");

  constructor(people, ctxOf, refresh) {
    this.people = people;
    this.ctxOf = ctxOf;
    this.refresh = refresh;
    this.#dialog.addEventListener("cancel", (event) => {
      event.preventDefault(); // Escape closes the top view only, and the server is asked first
      this.#close(this.#top);
    });
  }

  get #top() {
    return this.people.state?.views.at(-1);
  }

  show() {
    const { views } = this.people.state;
    const before = this.#dialog.lastElementChild;
    reconcile(this.#dialog, views, {
      key: (view) => view.id,
      render: (view, previous) => this.#render(view, views, previous),
    });
    const forms = [...this.#dialog.children];
    const top = forms.at(-1);
    for (const form of forms) form.hidden = form !== top;
    for (const form of forms) form.querySelector("h2").id = form === top ? "modal-title" : "";
    if (views.length && !this.#dialog.open) this.#dialog.showModal();
    if (!views.length && this.#dialog.open) this.#dialog.close();
    if (top && top !== before)
      (focusable(top.querySelector("[data-control]")) ?? top.querySelector(".modal-foot .button")).focus();
  }

  /** Errors of a submission, by block_id: each under its field. */
  errors(viewId, errors) {
    const form = this.#form(viewId);
    if (!form) return;
    for (const [blockId, message] of Object.entries(errors)) {
      const block = form.querySelector(`[data-block-id="${CSS.escape(blockId)}"]`);
      if (block?.classList.contains("input")) showError(block, message);
      else this.trouble(viewId, message);
    }
    focusable(form.querySelector(".has-error [data-control]"))?.focus();
  }

  #render(view, views, previous) {
    const form = previous ?? this.#build(view);
    const pushed = views.indexOf(view) > 0;
    form.querySelector("h2").textContent = plain(view.title);
    form.querySelector(".modal-close").textContent = plain(view.close) || (pushed ? "Back" : "Cancel");
    const submit = form.querySelector(".modal-submit");
    submit.hidden = !view.submit;
    submit.firstElementChild.textContent = plain(view.submit) || "Submit";
    showBlocks(form.querySelector(".blocks"), view.blocks, this.ctxOf(view));
    return form;
  }

  #build(view) {
    const form = el(
      "form",
      { "data-view-id": view.id, novalidate: true },
      el(
        "header.modal-head",
        {},
        el("h2"),
        el(
          "button.icon-button",
          { type: "button", "aria-label": "Close", onclick: () => this.#close(view) },
          "✕",
        ),
      ),
      el("div.modal-body", {}, el("p.modal-trouble", { role: "alert", hidden: true }), blockList()),
      el(
        "footer.modal-foot",
        {},
        el("button.button.modal-close", { type: "button", onclick: () => this.#close(view) }),
        el("button.button.button-primary.modal-submit", { type: "submit" }, el("span.button-text")),
      ),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(view.id, form);
    });
    form.addEventListener("input", (event) => {
      const block = event.target.closest(".has-error");
      if (block) showError(block, "");
    });
    return form;
  }

  async #submit(viewId, form) {
    const button = form.querySelector(".modal-submit");
    if (button.getAttribute("aria-busy") === "true") return;
    for (const block of form.querySelectorAll(".input")) showError(block, "");
    this.trouble(viewId, "");
    button.setAttribute("aria-busy", "true");
    try {
      const answer = await submitView(this.people.user, viewId, values(form));
      if (answer.errors) this.errors(viewId, answer.errors);
      else if (!answer.ok) this.trouble(viewId, answer.error);
    } catch (error) {
      this.trouble(viewId, error.message);
    } finally {
      button.removeAttribute("aria-busy");
    }
    await this.refresh();
  }

  async #close(view) {
    try {
      await closeView(this.people.user, view.id);
    } catch (error) {
      this.trouble(view.id, error.message);
    }
    await this.refresh();
  }

  /** Says what went wrong at the top of a view, or takes it away when empty. */
  trouble(viewId, message) {
    const place = this.#form(viewId)?.querySelector(".modal-trouble");
    if (!place) return;
    place.textContent = message;
    place.hidden = !message;
  }

  #form(viewId) {
    return this.#dialog.querySelector(`form[data-view-id="${CSS.escape(viewId)}"]`);
  }
}

/** What takes the focus of a control: radio buttons and checkboxes are a group of inputs. */
const focusable = (control) => (control?.matches("div") ? control.querySelector("input") : control);
