/** Things to click in a message, a modal or the Home tab: buttons, menus and selects that act at once. */
import { el, picture, safeUrl } from "../dom.js";
import { plain } from "../mrkdwn.js";
import { CONTROLS, control, reset, value } from "./controls.js";
import { overflow } from "./overflow.js";
import { unsupportedElement } from "./unsupported.js";

export const actions = (block, ctx) =>
  el(
    "div.actions",
    {},
    block.elements.map((one) => element(one, ctx, block.block_id)),
  );

/** An element of an actions block, or the accessory of a section. */
export function element(spec, ctx, blockId) {
  const act = (extra) => ctx.act({ action_id: spec.action_id, block_id: blockId, ...extra });
  if (spec.type === "button") return button(spec, ctx, blockId, act);
  if (spec.type === "overflow") return overflow(spec, ctx, blockId, act);
  if (spec.type === "image") return picture("accessory-image", spec.image_url, spec.alt_text);
  if (!Object.hasOwn(CONTROLS, spec.type)) return unsupportedElement(spec);
  const label = plain(spec.placeholder) || spec.action_id;
  const node = control(spec, {
    id: `${ctx.scope}-${blockId}-${spec.action_id}`,
    blockId,
    ctx,
    "aria-label": label,
  });
  node.addEventListener("change", async () => {
    if (spec.confirm && !(await ctx.confirm(spec.confirm))) reset(node);
    else act({ value: value(node) });
  });
  return node;
}

function button(spec, ctx, blockId, act) {
  const node = el(
    "button.button",
    {
      type: "button",
      "aria-label": spec.accessibility_label,
      "data-action-id": spec.action_id,
      "data-focus": `${blockId}/${spec.action_id}`,
    },
    el("span.button-text", {}, plain(spec.text)),
  );
  if (spec.style) node.classList.add(`button-${spec.style}`);
  node.addEventListener("click", async () => {
    if (node.getAttribute("aria-busy") === "true") return; // one press, one click
    if (spec.confirm && !(await ctx.confirm(spec.confirm))) return;
    const address = spec.url && safeUrl(spec.url);
    if (address) window.open(address, "_blank", "noreferrer");
    node.setAttribute("aria-busy", "true");
    await act();
    node.removeAttribute("aria-busy");
  });
  return node;
}
