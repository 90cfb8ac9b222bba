/** Standard Markdown, as the `markdown` block takes it, as DOM nodes: the parts Slack shows. */
import { el, link } from "./dom.js";
import { emojiNode } from "./mrkdwn.js";

const FENCE = /^\s*(`{3,}|~{3,})(.*)$/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^\s*([-*_])(?:\s*\1){2,}\s*$/;
const QUOTE = /^\s*> ?(.*)$/;
const ITEM = /^(\s*)([-*+]|\d+[.)])\s+(?:\[([ xX])\]\s+)?(.*)$/;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;

export function markdown(text) {
  return blocksOf(
    String(text ?? "")
      .replaceAll("\r\n", "\n")
      .split("\n"),
  );
}

function blocksOf(lines) {
  const nodes = [];
  let index = 0;
  while (index < lines.length) {
    const [node, next] = blockAt(lines, index);
    if (node) nodes.push(node);
    index = next;
  }
  return nodes;
}

/** The block that starts at line `at`, and the line after it. */
function blockAt(lines, at) {
  const line = lines[at];
  if (!line.trim()) return [null, at + 1];
  if (FENCE.test(line)) return fence(lines, at);
  const heading = HEADING.exec(line);
  if (heading) return [el(`h${Math.min(heading[1].length + 2, 6)}`, {}, inline(heading[2])), at + 1];
  if (RULE.test(line)) return [el("hr"), at + 1];
  if (QUOTE.test(line)) {
    const end = run(lines, at, (one) => QUOTE.test(one));
    return [el("blockquote", {}, blocksOf(lines.slice(at, end).map((one) => QUOTE.exec(one)[1]))), end];
  }
  if (ITEM.test(line)) {
    const end = run(lines, at, (one) => ITEM.test(one) || /^\s+\S/.test(one));
    return [list(lines.slice(at, end)), end];
  }
  if (line.includes("|") && TABLE_RULE.test(lines[at + 1] ?? "")) {
    const end = run(lines, at + 2, (one) => one.includes("|"));
    return [table(lines.slice(at, end)), end];
  }
  const end = Math.max(
    at + 1,
    run(
      lines,
      at,
      (one) => one.trim() && ![FENCE, HEADING, RULE, QUOTE, ITEM].some((rule) => rule.test(one)),
    ),
  );
  return [el("p", {}, inline(lines.slice(at, end).join("\n"))), end];
}

function run(lines, from, belongs) {
  let end = from;
  while (end < lines.length && belongs(lines[end])) end += 1;
  return end;
}

function fence(lines, at) {
  const mark = FENCE.exec(lines[at])[1];
  const closes = (one) => one.trim().startsWith(mark) && !one.trim().slice(mark.length).trim();
  const end = run(lines, at + 1, (one) => !closes(one));
  return [el("pre", {}, el("code", {}, lines.slice(at + 1, end).join("\n"))), end + 1];
}

/** A list; lines indented deeper than the first item belong to the item above them. */
function list(lines) {
  const first = ITEM.exec(lines[0]);
  const indent = first[1].length;
  const ordered = /\d/.test(first[2]);
  const node = el(ordered ? "ol" : "ul", ordered ? { start: parseInt(first[2], 10) } : {});
  let index = 0;
  while (index < lines.length) {
    const [, , , tick, words] = ITEM.exec(lines[index]) ?? [null, "", "", undefined, lines[index].trim()];
    const end = run(lines, index + 1, (one) => /^\s*/.exec(one)[0].length > indent);
    const inner = lines.slice(index + 1, end);
    const box =
      tick === undefined ? null : el("input", { type: "checkbox", disabled: true, checked: tick !== " " });
    node.append(el("li", {}, box, inline(words), inner.length ? blocksOf(inner) : null));
    index = end;
  }
  return node;
}

const cells = (line) =>
  line
    .trim()
    .replace(/^\||\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));

function table(lines) {
  const align = cells(lines[1]).map((rule) =>
    rule.endsWith(":") ? (rule.startsWith(":") ? "center" : "right") : "left",
  );
  const row = (line, kind) =>
    el(
      "tr",
      {},
      cells(line).map((cell, column) => el(`${kind}.align-${align[column] ?? "left"}`, {}, inline(cell))),
    );
  const body = lines.slice(2).map((line) => row(line, "td"));
  return el(
    "div.table-scroll",
    { tabindex: 0, role: "group", "aria-label": "Table" },
    el("table", {}, el("thead", {}, row(lines[0], "th")), el("tbody", {}, body)),
  );
}

// Code first, then links, emphasis (the longest mark first), emoji, an escaped character, a bare address.
const INLINE = new RegExp(
  [
    /(?<ticks>`+)(?<code>.+?)\k<ticks>/,
    /!?\[(?<label>[^\]]*)\]\((?<address>[^)\s]+)(?:\s+"[^"]*")?\)/,
    /<(?<autolink>https?:\/\/[^>\s]+)>/,
    /(?<strongMark>\*\*\*|\*\*|__|~~)(?=\S)(?<strong>.+?\S|\S)\k<strongMark>/,
    /(?<![\p{L}\p{N}*_])(?<mark>[*_])(?=\S)(?<emphasis>.+?\S|\S)\k<mark>(?![\p{L}\p{N}])/,
    /:(?<shortcode>[a-z0-9_+\-]+):/,
    /\\(?<escaped>[\\`*_{}\[\]()#+.!|>~\-])/,
    /(?<bare>https?:\/\/[^\s<>)]+[^\s<>).,;:!?])/,
  ]
    .map((part) => part.source)
    .join("|"),
  "gsu",
);

const STRONG = { "**": "strong", __: "strong", "~~": "s" };

function inline(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(text.slice(end, match.index), inlineNode(match));
    end = match.index + match[0].length;
  }
  nodes.push(text.slice(end));
  return nodes;
}

function inlineNode({ groups }) {
  const { code, label, address, autolink, strongMark, strong, emphasis, shortcode, bare } = groups;
  if (code !== undefined) return el("code", {}, code.trim() || code);
  if (address !== undefined) return link(address, label ? inline(label) : address);
  if (autolink ?? bare) return link(autolink ?? bare);
  if (strongMark === "***") return el("strong", {}, el("em", {}, inline(strong)));
  if (strong !== undefined) return el(STRONG[strongMark], {}, inline(strong));
  if (emphasis !== undefined) return el("em", {}, inline(emphasis));
  if (shortcode !== undefined) return emojiNode(shortcode);
  return groups.escaped;
}
