/**
 * Builds and updates DOM nodes. The page never assigns innerHTML: whatever a bot sends stays text.
 */

const SVG = "http://www.w3.org/2000/svg";

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  const wanted = children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false);
  node.append(...wanted.map((child) => (child instanceof Node ? child : String(child))));
  return node;
}

/**
 * `el("p.note.big", {title: "x", onclick: fn}, "text", node)`: strings become text nodes, empty values are
 * left out.
 */
export function el(spec, props, ...children) {
  const [tag, ...classes] = spec.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  return fill(node, props, children);
}

/** The same for SVG shapes. */
export function svg(tag, props, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

const SAFE_SCHEMES = ["http:", "https:", "mailto:"];

/** The address when it is one a person may follow, else null (javascript:, data: and broken addresses). */
export function safeUrl(address) {
  try {
    const url = new URL(address, location.href);
    return SAFE_SCHEMES.includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A link that opens beside the chat; plain text when the address is not safe to follow. */
export function link(address, ...children) {
  const href = safeUrl(address);
  const content = children.length ? children : [address];
  return href ? el("a", { href, target: "_blank", rel: "noreferrer" }, content) : el("span", {}, content);
}

/** A picture; its description in place of it when the address is not safe or cannot be loaded. */
export function picture(className, address, description) {
  const missing = () => el("span.picture-missing", {}, `Picture: ${description || "cannot be shown"}`);
  const src = safeUrl(address ?? "");
  if (!address || !src || src.startsWith("mailto:")) return missing();
  const image = el(`img.${className}`, { src, alt: description ?? "" });
  image.addEventListener("error", () => image.replaceWith(missing()));
  return image;
}

const drawn = new WeakMap(); // node → JSON of what it shows

/**
 * Makes the children of `parent` show `items`, touching only what changed, so that an update neither flickers
 * nor takes the focus. `render(item, previous)` gets the node that showed this key before; it may change and
 * return that very node.
 */
export function reconcile(parent, items, { key, render }) {
  const before = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  const wanted = items.map((item, index) => nodeFor(item, key(item, index), before, render));
  for (const node of before.values()) node.remove();
  wanted.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
}

function nodeFor(item, id, before, render) {
  const previous = before.get(id);
  before.delete(id);
  const signature = JSON.stringify(item);
  if (previous && drawn.get(previous) === signature) return previous;
  const node = render(item, previous);
  node.dataset.key = id;
  drawn.set(node, signature);
  if (previous && previous !== node) replaceKeepingFocus(previous, node);
  return node;
}

function replaceKeepingFocus(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  old.replaceWith(fresh);
  if (focused === undefined) return;
  fresh.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}
