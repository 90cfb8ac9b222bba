/**
 * The plan block (a list of tasks that get their ticks) and the single task card.
 * https://docs.slack.dev/reference/block-kit/blocks/plan-block
 */
import { el, link, reconcile } from "../dom.js";
import { withEmoji } from "../emoji.js";
import { richText } from "./rich_text.js";

const STATUS = {
  pending: { sign: "○", label: "pending" },
  in_progress: { sign: "", label: "in progress" }, // the sign is a spinner, drawn by the stylesheet
  complete: { sign: "✓", label: "complete" },
  error: { sign: "✕", label: "error" },
};
const UNKNOWN = { sign: "?", label: "unknown status" };

/**
 * Updates in place while the block_id stays: spinners go on turning and what the reader folded stays
 * folded.
 */
export function plan(block, ctx, previous) {
  const same = previous?.dataset.blockId === block.block_id;
  const node =
    (same && previous) ||
    el("details.plan", { open: true }, el("summary", {}, el("span.plan-title")), el("ol.tasks"));
  if (node !== previous) foldable(node, foldKey(ctx, block), ctx);
  const tasks = block.tasks ?? [];
  node.querySelector(".plan-title").textContent = withEmoji(block.title ?? "");
  reconcile(node.querySelector(".tasks"), tasks, {
    key: (task) => task.task_id,
    render: (task) => el("li.task-item", {}, taskRow(task, ctx, foldKey(ctx, block))),
  });
  return node;
}

export const taskCard = (block, ctx) => el("div.task-card", {}, taskRow(block, ctx, foldKey(ctx, block)));

const foldKey = (ctx, block) => `${ctx.scope}/${block.block_id}`;

function taskRow(task, ctx, scope) {
  const { sign, label } = STATUS[task.status] ?? UNKNOWN;
  const head = [
    el("span.task-sign", { role: "img", "aria-label": label }, sign),
    el("span.task-title", {}, withEmoji(task.title ?? "")),
  ];
  const attributes = { "data-task-id": task.task_id, "data-status": task.status, "data-testid": "task" };
  const parts = [
    task.details && el("div.task-details", {}, richText(task.details, ctx)),
    task.output && el("div.task-output", {}, richText(task.output, ctx)),
    task.sources?.length &&
      el(
        "ul.task-sources",
        { "aria-label": "Sources" },
        task.sources.map(({ url, text }) => el("li", {}, link(url, text || url))),
      ),
  ].filter(Boolean);
  if (!parts.length) return el("div.task", attributes, el("div.task-head", {}, head));
  // What runs now and what went wrong is what a reader looks for; what is done can be unfolded.
  const node = el(
    "details.task",
    { ...attributes, open: task.status !== "complete" && task.status !== "pending" },
    el("summary.task-head", {}, head),
    el("div.task-body", {}, parts),
  );
  foldable(node, `${scope}/${task.task_id}`, ctx);
  return node;
}

/** Remembers under `key` what the reader opened or closed, and gives it back to a node that is built anew. */
function foldable(node, key, ctx) {
  if (ctx.folds.has(key)) node.open = ctx.folds.get(key);
  node.querySelector("summary").addEventListener("click", () => ctx.folds.set(key, !node.open));
}
