/**
 * Rich text: sections, lists, preformatted, quotes. https://docs.slack.dev/reference/block-kit/blocks/rich-
 * text-block
 */
import { el, link } from "../dom.js";
import { emojiNode } from "../mrkdwn.js";
import { channelMention, formatDate, groupMention, personMention } from "../mentions.js";
import { unsupportedElement } from "./unsupported.js";

export const richText = (block, ctx) => el("div.rich-text", {}, listsNested(block.elements ?? [], ctx));

const PARTS = {
  rich_text_section: (part, ctx) => el("div.rich-section", {}, inline(part, ctx)),
  rich_text_preformatted: (part, ctx) => el("pre", {}, el("code", {}, inline(part, ctx))),
  rich_text_quote: (part, ctx) => el("blockquote", {}, inline(part, ctx)),
};

/**
 * Slack sends nesting as lists that follow each other with a larger `indent`; here they become lists inside
 * lists.
 */
function listsNested(parts, ctx) {
  const nodes = [];
  let open = []; // the lists that may still be continued, outermost first: {indent, node}
  for (const part of parts) {
    if (part.type !== "rich_text_list") {
      open = [];
      nodes.push(PARTS[part.type]?.(part, ctx) ?? unsupportedElement(part));
      continue;
    }
    const indent = part.indent ?? 0;
    open = open.filter((one) => one.indent < indent || (one.indent === indent && one.style === part.style));
    const innermost = open.at(-1);
    if (innermost?.indent === indent) {
      innermost.node.append(...items(part, ctx));
      continue;
    }
    const node = list(part, ctx);
    if (innermost) (innermost.node.lastElementChild ?? innermost.node).append(node);
    else nodes.push(node);
    open.push({ indent, style: part.style, node });
  }
  return nodes;
}

const items = (part, ctx) => part.elements.map((item) => el("li", {}, inline(item, ctx)));

function list(part, ctx) {
  const ordered = part.style === "ordered";
  return el(
    ordered ? "ol" : "ul",
    ordered && part.offset ? { start: part.offset + 1 } : {},
    items(part, ctx),
  );
}

const INLINE = {
  text: (part) => part.text,
  link: (part) => link(part.url, part.text ?? part.url),
  emoji: (part) => emojiNode(part.name),
  user: (part, ctx) => personMention(part.user_id, ctx.people),
  usergroup: (part) => groupMention(part.usergroup_id),
  channel: (part, ctx) => channelMention(part.channel_id, ctx.people),
  broadcast: (part) => el("span.mention.me", {}, `@${part.range}`),
  date: (part) =>
    el("time", { title: part.fallback }, formatDate(part.timestamp, part.format) ?? part.fallback ?? ""),
};

const STYLES = [
  ["code", "code"],
  ["bold", "strong"],
  ["italic", "em"],
  ["strike", "s"],
  ["underline", "u"],
];

const inline = (part, ctx) =>
  (part.elements ?? []).map((one) => styled(one, INLINE[one.type]?.(one, ctx) ?? unsupportedElement(one)));

function styled(part, content) {
  return STYLES.reduce((node, [name, tag]) => (part.style?.[name] ? el(tag, {}, node) : node), content);
}
