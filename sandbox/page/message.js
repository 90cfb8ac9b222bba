/** One message: who, when, and what, as an article that is updated in place. */
import { avatar, author } from "./avatar.js";
import { blockList, showBlocks } from "./blocks/index.js";
import { fileCard } from "./blocks/media.js";
import { el, reconcile } from "./dom.js";
import { fullTime, timeOfDay } from "./mentions.js";
import { mrkdwn } from "./mrkdwn.js";

/**
 * `entry` is {message, grouped, replies}: a grouped message follows one of the same author and has no head of
 * its own. `ctxOf(message)` is where its blocks stand (see blocks/index.js).
 */
export function renderMessage(entry, previous, ctxOf) {
  const { message, grouped, replies } = entry;
  const ctx = ctxOf(message);
  const who = author(message, ctx.people);
  const node =
    previous ??
    el(
      "article.message",
      {},
      el("div.gutter"),
      el(
        "div.content",
        {},
        el("div.private", { hidden: true }),
        el("div.head"),
        el("div.said"),
        blockList(),
        el("div.extras"),
      ),
    );
  node.dataset.ts = message.ts;
  node.id = anchor(message.channel, message.ts);
  node.setAttribute(
    "aria-label",
    `${who.name}, ${timeOfDay(message.ts)}${isPrivate(message) ? ", only visible to you" : ""}`,
  );
  node.classList.toggle("grouped", grouped);
  node.classList.toggle("is-private", isPrivate(message));
  const [gutter, content] = node.children;
  const [only, head, said, blocks, extras] = content.children;
  gutter.replaceChildren(grouped ? stamp(message, "gutter-time") : avatar(who));
  only.hidden = !isPrivate(message) || grouped;
  if (!only.hidden) only.replaceChildren(el("span", { "aria-hidden": "true" }, "👁 "), "Only visible to you");
  head.replaceChildren(
    ...(grouped
      ? []
      : [el("span.name", {}, who.name), who.app ? el("span.badge", {}, "APP") : "", stamp(message, "time")]),
  );
  said.replaceChildren(...words(message, ctx));
  showBlocks(blocks, message.blocks ?? [], ctx);
  showExtras(extras, message, replies, ctx, ctxOf);
  return node;
}

const anchor = (channel, ts) => `${channel}/p${String(ts).replace(".", "")}`;

export const isPrivate = (message) => Boolean(message.ephemeral) || message.type === "command";

function stamp(message, className) {
  const shown = el("time", { title: fullTime(message.ts) }, timeOfDay(message.ts));
  if (isPrivate(message)) return el(`span.${className}`, {}, shown); // Slack has no link to what only one person sees
  return el(`a.${className}`, { href: message.permalink }, shown);
}

/** Blocks take the place of the text, which is then only for notifications. */
function words(message, ctx) {
  const edited = message.edited ? el("span.edited", {}, " (edited)") : "";
  if (message.type === "command") return [el("span.typed", { "data-testid": "typed-command" }, message.text)];
  return message.blocks?.length ? [edited] : [...mrkdwn(message.text, ctx.people), edited];
}

function showExtras(extras, message, replies, ctx, ctxOf) {
  const files = (message.files ?? []).map((file) => fileCard(file));
  const thread =
    extras.querySelector(":scope > .thread") ?? el("details.thread", {}, el("summary"), el("div.replies"));
  extras.replaceChildren(...files, ...(replies.length ? [thread] : []));
  if (!replies.length) return;
  thread.firstElementChild.textContent = `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`;
  reconcile(
    thread.lastElementChild,
    replies.map((reply) => ({ message: reply, grouped: false, replies: [] })),
    {
      key: (entry) => entry.message.ts,
      render: (entry, before) => renderMessage(entry, before, ctxOf),
    },
  );
}
