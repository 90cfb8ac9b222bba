import { el } from "../dom.js";
import { textObject } from "../mrkdwn.js";

const SIGNS = { default: "•", info: "ℹ", warning: "⚠", error: "✕", success: "✓" };

/** The alert of a modal, by severity. https://docs.slack.dev/reference/block-kit/blocks/alert-block */
export function alert(block, ctx) {
  const level = Object.hasOwn(SIGNS, block.level) ? block.level : "default";
  const urgent = level === "error" || level === "warning";
  return el(
    `div.alert.alert-${level}`,
    { role: urgent ? "alert" : "status" },
    el("span.alert-sign", { "aria-hidden": "true" }, SIGNS[level]),
    el("div.alert-text", {}, textObject(block.text, ctx.people)),
  );
}
