import { el } from "../dom.js";

/** A block or element this page cannot draw, visible, with what was sent behind a disclosure. */
export function unsupported(block) {
  return el(
    "details.unsupported",
    {},
    el("summary", {}, `unsupported block: ${block?.type ?? "(no type)"}`),
    el("pre", {}, JSON.stringify(block, null, 2)),
  );
}

export const unsupportedElement = (element) =>
  el("span.unsupported", {}, `unsupported element: ${element?.type ?? "(no type)"}`);
