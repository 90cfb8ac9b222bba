/** The table block: first row is the head. https://docs.slack.dev/reference/block-kit/blocks/table-block */
import { el } from "../dom.js";
import { withEmoji } from "../emoji.js";
import { richText } from "./rich_text.js";
import { unsupportedElement } from "./unsupported.js";

export function table(block, ctx) {
  const [head, ...body] = block.rows;
  const settings = block.column_settings ?? [];
  return el(
    "div.table-scroll",
    { tabindex: 0, role: "group", "aria-label": "Table" },
    el(
      "table",
      {},
      el("thead", {}, row(head, "th", settings, ctx)),
      el(
        "tbody",
        {},
        body.map((cells) => row(cells, "td", settings, ctx)),
      ),
    ),
  );
}

function row(cells, kind, settings, ctx) {
  return el(
    "tr",
    {},
    cells.map((content, column) => {
      const { align = "left", is_wrapped: wrapped = false } = settings[column] ?? {};
      const node = el(`${kind}.align-${align}`, kind === "th" ? { scope: "col" } : {}, cell(content, ctx));
      if (!wrapped) {
        node.classList.add("nowrap");
        node.title = node.textContent; // a long one is cut
      }
      return node;
    }),
  );
}

function cell(content, ctx) {
  if (content.type === "raw_text") return withEmoji(content.text);
  if (content.type === "raw_number") return content.text ?? content.value.toLocaleString();
  if (content.type === "rich_text") return richText(content, ctx);
  return unsupportedElement(content);
}
