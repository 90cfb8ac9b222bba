/** The "⋯" menu, by the keyboard rules of a menu button (arrows, Home, End, Escape). */
import { el, safeUrl } from "../dom.js";
import { plain } from "../mrkdwn.js";

export function overflow(spec, ctx, blockId, act) {
  const id = `${ctx.scope}-${blockId}-${spec.action_id}-menu`;
  const trigger = el(
    "button.button.overflow-button",
    {
      type: "button",
      "aria-label": "More actions",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "aria-controls": id,
      "data-action-id": spec.action_id,
      "data-focus": `${blockId}/${spec.action_id}`,
    },
    "⋯",
  );
  const menu = el(
    "div.menu",
    { role: "menu", id, hidden: true },
    spec.options.map((option) => item(option)),
  );
  const root = el("div.overflow", {}, trigger, menu);

  function item(option) {
    return el(
      "button.menu-item",
      { type: "button", role: "menuitem", tabindex: -1, onclick: () => choose(option) },
      plain(option.text),
      option.description && el("span.menu-note", {}, plain(option.description)),
    );
  }

  async function choose(option) {
    show(false);
    trigger.focus();
    if (spec.confirm && !(await ctx.confirm(spec.confirm))) return;
    const address = option.url && safeUrl(option.url);
    if (address) window.open(address, "_blank", "noreferrer");
    await act({ value: option.value });
  }

  const outside = (event) => {
    if (!root.contains(event.target)) show(false);
  };

  function show(open) {
    menu.hidden = !open;
    trigger.setAttribute("aria-expanded", String(open));
    document[open ? "addEventListener" : "removeEventListener"]("pointerdown", outside);
    if (open) menu.firstElementChild?.focus();
  }

  trigger.addEventListener("click", () => show(menu.hidden));
  root.addEventListener("keydown", (event) => {
    if (menu.hidden) return;
    const all = [...menu.children];
    const at = all.indexOf(document.activeElement);
    const moves = {
      ArrowDown: (at + 1) % all.length,
      ArrowUp: (at - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    };
    if (event.key in moves) {
      all[moves[event.key]].focus();
      event.preventDefault();
    } else if (event.key === "Escape") {
      show(false);
      trigger.focus();
      event.stopPropagation();
      event.preventDefault();
    } else if (event.key === "Tab") show(false);
  });
  return root;
}
