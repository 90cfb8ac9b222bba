/** The input block: a label, an element that holds a value, a hint, and the error under it. */
import { el } from "../dom.js";
import { plain } from "../mrkdwn.js";
import { CONTROLS, carryOver, control, value } from "./controls.js";
import { unsupportedElement } from "./unsupported.js";

export function input(block, ctx, previous) {
  const spec = block.element;
  if (!Object.hasOwn(CONTROLS, spec.type))
    return el("div.input", {}, el("span.input-label", {}, plain(block.label)), unsupportedElement(spec));
  const id = `${ctx.scope}-${block.block_id}-${spec.action_id}`;
  const grouped = spec.type === "radio_buttons" || spec.type === "checkboxes";
  const label = el(
    grouped ? "span.input-label" : "label.input-label",
    { id: `${id}-label`, for: grouped ? null : id },
    plain(block.label),
    block.optional && el("span.optional", {}, " (optional)"),
  );
  const node = control(spec, {
    id,
    blockId: block.block_id,
    ctx,
    "aria-labelledby": grouped ? `${id}-label` : null,
    "aria-describedby": `${id}-error ${id}-hint`,
    "aria-required": block.optional ? null : "true",
  });
  const old = previous?.querySelector("[data-control]");
  if (old) carryOver(old, node);
  if (block.dispatch_action)
    dispatchFrom(node, spec, () =>
      ctx.act({ action_id: spec.action_id, block_id: block.block_id, value: value(node) }),
    );
  if (spec.focus_on_load) queueMicrotask(() => node.focus());
  return el(
    "div.input",
    {},
    label,
    node,
    el("p.input-error", { id: `${id}-error`, hidden: true }),
    block.hint && el("p.input-hint", { id: `${id}-hint` }, plain(block.hint)),
  );
}

/** A text input acts on Enter (or on every character, when asked for), the others when they change. */
function dispatchFrom(node, spec, act) {
  const triggers = spec.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  if (!spec.type.endsWith("_input")) return node.addEventListener("change", act);
  if (triggers.includes("on_character_entered")) node.addEventListener("input", act);
  if (!triggers.includes("on_enter_pressed")) return undefined;
  return node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault(); // Enter acts here, it does not submit the view
    act();
  });
}

/** Shows `message` under the input, or takes it away when empty. */
export function showError(node, message) {
  const place = node.querySelector(".input-error");
  if (!place) return;
  place.textContent = message;
  place.hidden = !message;
  node.classList.toggle("has-error", Boolean(message));
  const held = node.querySelector("[data-control]");
  if (message) held.setAttribute("aria-invalid", "true");
  else held.removeAttribute("aria-invalid");
}
