/** Pictures, files and cards. */
import { el, picture, safeUrl } from "../dom.js";
import { plain, textObject } from "../mrkdwn.js";
import { element } from "./actions.js";

function pictureAddress(block, ctx) {
  const { id, url } = block.slack_file ?? {};
  const stored = id && ctx.people.state.files[id];
  return stored ? `/files/${id}/${encodeURIComponent(stored.name)}` : (block.image_url ?? url);
}

export function image(block, ctx) {
  return el(
    "figure.image",
    {},
    block.title && el("figcaption", {}, plain(block.title)),
    picture("picture", pictureAddress(block, ctx), block.alt_text),
  );
}

/** The `file` block names a remote file by the bot's own id; there is nothing to fetch. */
export const file = (block) => el("div.file", {}, fileHead(block.external_id, "remote file"));

/** A shared file: its name, its size and a way to get it; pictures are shown. */
export function fileCard(stored) {
  const name = stored.title || stored.name;
  const head = fileHead(name, size(stored.size));
  const href = safeUrl(stored.url_private);
  const card = href ? el("a.file", { href, download: stored.name }, head) : el("div.file", {}, head);
  if (!/\.(?:png|jpe?g|gif|webp|svg)$/i.test(stored.name)) return card;
  return el("div", {}, picture("picture", stored.url_private, name), card);
}

const fileHead = (name, about) => [
  el("span.file-icon", { "aria-hidden": "true" }, "📄"),
  el("span", {}, el("span.file-name", {}, name), about && el("span.file-about", {}, about)),
];

const UNITS = ["B", "kB", "MB", "GB"];

/** Bytes as people read them. */
function size(bytes) {
  if (!Number.isFinite(bytes)) return "";
  const step = bytes > 0 ? Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1) : 0;
  return `${(bytes / 1000 ** step).toLocaleString(undefined, { maximumFractionDigits: 1 })} ${UNITS[step]}`;
}

export function card(block, ctx) {
  const line = (name, tag = "div") =>
    block[name] && el(`${tag}.card-${name}`, {}, textObject(block[name], ctx.people));
  return el(
    "div.card",
    {},
    block.hero_image &&
      picture("card-hero", pictureAddress(block.hero_image, ctx), block.hero_image.alt_text),
    el(
      "div.card-head",
      {},
      block.icon && picture("card-icon", pictureAddress(block.icon, ctx), block.icon.alt_text),
      el("div", {}, line("title"), line("subtitle")),
    ),
    line("body"),
    line("subtext"),
    block.actions?.length &&
      el(
        "div.actions",
        {},
        block.actions.map((one) => element(one, ctx, block.block_id)),
      ),
  );
}
