/**
 * One renderer a block type. A type that is not here is shown as a grey box, never dropped: the reader must
 * see that something is missing.
 *
 * `ctx` is where the blocks stand: {scope: unique id, surface: "message" | "modal" | "home", people:
 * Workspace, act(action): Promise, confirm(dialog): Promise<boolean>, folds: Map of what the reader opened or
 * closed}.
 */
import { el, reconcile } from "../dom.js";
import { actions } from "./actions.js";
import { alert } from "./alert.js";
import { chartBlock } from "../chart.js";
import { input } from "./input.js";
import { card, file, image } from "./media.js";
import { plan, taskCard } from "./plan.js";
import { richText } from "./rich_text.js";
import { table } from "./table.js";
import { context, divider, header, markdownBlock, section } from "./text.js";
import { unsupported } from "./unsupported.js";

const RENDERERS = {
  actions,
  alert,
  card,
  context,
  data_visualization: chartBlock,
  divider,
  file,
  header,
  image,
  input,
  markdown: markdownBlock,
  plan,
  rich_text: richText,
  section,
  table,
  task_card: taskCard,
};

function renderBlock(block, ctx, previous) {
  const render = Object.hasOwn(RENDERERS, block.type) ? RENDERERS[block.type] : unsupported;
  const node = render(block, ctx, previous);
  node.classList.add("block");
  node.dataset.blockType = block.type;
  if (block.block_id) node.dataset.blockId = block.block_id;
  return node;
}

/** Makes `container` show `blocks`, keeping every node whose block did not change. */
export function showBlocks(container, blocks, ctx) {
  const ids = keys(blocks, ctx.surface);
  reconcile(container, blocks, {
    key: (_, index) => ids[index],
    render: (block, previous) => renderBlock(block, ctx, previous),
  });
}

/**
 * A message's block is known by its type and place among that type: Slack makes new block_ids for every
 * chat.update, and keys that change would rebuild everything. A view keeps its ids, and inputs must follow
 * theirs when others come between.
 */
function keys(blocks, surface) {
  const seen = {};
  return blocks.map((block) => {
    if (surface === "modal" && block.block_id) return `${block.type}:${block.block_id}`;
    seen[block.type] = (seen[block.type] ?? 0) + 1;
    return `${block.type}#${seen[block.type]}`;
  });
}

/** A box of blocks, made once. */
export const blockList = () => el("div.blocks");
