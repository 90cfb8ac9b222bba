/**
 * Slack's own text format (`*bold*`, `<@U…>`, `<url|text>`) as DOM nodes.
 * Rules: https://docs.slack.dev/messaging/formatting-message-text
 */
import { el, link } from "./dom.js";
import { emoji, withEmoji } from "./emoji.js";
import { channelMention, formatDate, groupMention, personMention } from "./mentions.js";

const ESCAPES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };

/** Slack escapes exactly these three characters. */
export const unescapeText = (text) => text.replace(/&(?:lt|gt|amp);/g, (escape) => ESCAPES[escape]);

const STYLES = { "*": "strong", _: "em", "~": "s" };

// Code, <…>, :emoji:, then *bold* _italic_ ~strike~. A style mark opens after a space or a sign and before a
// character, and closes the other way round, so that snake_case_names and 2*3*4 stay as they are.
const INLINE = new RegExp(
  [
    /`(?<code>[^`\n]+)`/,
    /<(?<angled>[^<>\n]+)>/,
    /:(?<shortcode>[a-z0-9_+\-]+(?:::[a-z0-9\-]+)?):/,
    /(?<![\p{L}\p{N}*_~])(?<mark>[*_~])(?=\S)(?<styled>[^\n]*?\S)\k<mark>(?![\p{L}\p{N}])/,
  ]
    .map((part) => part.source)
    .join("|"),
  "gu",
);

/** Nodes for a mrkdwn text. `people` knows the workspace's people, channels and groups (see mentions.js). */
export function mrkdwn(text, people) {
  const parts = String(text ?? "").split(/```/);
  // An odd number of fences: the last one opens nothing and is shown as typed.
  if (parts.length % 2 === 0) parts.splice(-2, 2, parts.slice(-2).join("```"));
  return parts.flatMap((part, index) =>
    index % 2
      ? [el("pre", {}, el("code", {}, inPre(part)))]
      : paragraphs(trimFence(part, index, parts.length), people),
  );
}

// Between fences only links are still references; `grep <none>` stays what it is.
const LINK_IN_PRE = /<([a-z][a-z0-9+.-]*:[^<>|\n]+)(?:\|([^<>\n]*))?>/gi;

const inPre = (text) =>
  unescapeText(text.replace(/^\n|\n$/g, "").replace(LINK_IN_PRE, (_, address, label) => label ?? address));

// The line break that ends a fence's line is not an empty line of its own.
function trimFence(text, index, count) {
  let trimmed = text;
  if (index > 0) trimmed = trimmed.replace(/^\n/, "");
  if (index < count - 1) trimmed = trimmed.replace(/\n$/, "");
  return trimmed;
}

/** Lines, with runs of `> quoted` lines gathered into one quote. */
function paragraphs(text, people) {
  if (!text) return [];
  const nodes = [];
  let plain = [];
  let quoted = [];
  const flush = () => {
    if (plain.length) nodes.push(el("span.text", {}, inline(plain.join("\n"), people)));
    if (quoted.length) nodes.push(el("blockquote", {}, inline(quoted.join("\n"), people)));
    plain = [];
    quoted = [];
  };
  for (const line of text.split("\n")) {
    const quote = /^(?:>|&gt;) ?(.*)$/.exec(line);
    if (quote ? plain.length : quoted.length) flush();
    if (quote) quoted.push(quote[1]);
    else plain.push(line);
  }
  flush();
  return nodes;
}

/** Everything that can stand inside a line. */
function inline(text, people) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const { code, angled, shortcode, mark, styled } = match.groups;
    nodes.push(unescapeText(text.slice(end, match.index)));
    end = match.index + match[0].length;
    if (code !== undefined) nodes.push(el("code", {}, unescapeText(code)));
    else if (angled !== undefined) nodes.push(reference(angled, people));
    else if (shortcode !== undefined) nodes.push(emojiNode(shortcode));
    else nodes.push(el(STYLES[mark], {}, inline(styled, people)));
  }
  nodes.push(unescapeText(text.slice(end)));
  return nodes;
}

/** A known emoji with its name for screen readers, an unknown one as typed. */
export function emojiNode(name) {
  const character = emoji(name);
  return character
    ? el(
        "span.emoji",
        { role: "img", "aria-label": name.replaceAll("_", " "), title: `:${name}:` },
        character,
      )
    : `:${name}:`;
}

/** `<…>`: a mention, a date or a link. What is none of these is shown as it was sent. */
function reference(content, people) {
  const bar = content.indexOf("|");
  const target = bar < 0 ? content : content.slice(0, bar);
  const label = bar < 0 ? "" : unescapeText(content.slice(bar + 1));
  if (target.startsWith("@")) return personMention(target.slice(1), people, label);
  if (target.startsWith("#")) return channelMention(target.slice(1), people, label);
  if (target.startsWith("!subteam^")) return groupMention(target.slice(9), label);
  if (/^!(here|channel|everyone)$/.test(target)) return el("span.mention.me", {}, `@${target.slice(1)}`);
  if (target.startsWith("!date^")) return date(target, label);
  if (/^[a-z][a-z0-9+.-]*:/i.test(target))
    return link(unescapeText(target), label || unescapeText(target).replace(/^mailto:/, ""));
  return `<${unescapeText(content)}>`;
}

/** `!date^1700000000^{date_short} at {time}^https://…` (the link is optional). */
function date(target, fallback) {
  const [, seconds, format, address] = target.split("^");
  const shown = formatDate(Number(seconds), format ?? "{date} at {time}") ?? fallback;
  return address ? link(address, shown) : el("time", { title: fallback }, shown);
}

/** A text object `{type: "mrkdwn" | "plain_text", text}` (or a bare string, which is plain). */
export function textObject(object, people) {
  if (object === null || object === undefined) return [];
  if (typeof object === "string") return [withEmoji(unescapeText(object))];
  if (object.type === "mrkdwn") return mrkdwn(object.text, people);
  return [object.emoji === false ? unescapeText(object.text) : withEmoji(unescapeText(object.text))];
}

/** The words of a text object, for labels. */
export function plain(object) {
  if (object === null || object === undefined) return "";
  return withEmoji(unescapeText(typeof object === "string" ? object : object.text));
}
