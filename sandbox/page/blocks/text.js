/** Blocks that are text: header, section, context, divider, markdown. */
import { el, picture } from "../dom.js";
import { markdown } from "../markdown.js";
import { textObject } from "../mrkdwn.js";
import { element } from "./actions.js";

export const header = (block, ctx) => el("h3.header", {}, textObject(block.text, ctx.people));

export const divider = () => el("hr.divider");

export const markdownBlock = (block) => el("div.markdown", {}, markdown(block.text));

export function section(block, ctx) {
  const text = block.text && el("div.section-text", {}, textObject(block.text, ctx.people));
  const fields =
    block.fields &&
    el(
      "div.fields",
      {},
      block.fields.map((field) => el("div.field", {}, textObject(field, ctx.people))),
    );
  const accessory = block.accessory && el("div.accessory", {}, element(block.accessory, ctx, block.block_id));
  return el("div.section", {}, el("div.section-body", {}, text, fields), accessory);
}

export function context(block, ctx) {
  const part = (one) =>
    one.type === "image"
      ? picture("context-image", one.image_url, one.alt_text)
      : el("span.context-text", {}, textObject(one, ctx.people));
  return el("div.context", {}, block.elements.map(part));
}
