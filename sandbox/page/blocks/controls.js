/**
 * The elements that hold a value. Each kind says how it is drawn, read and written. Values are plain, as the
 * control API takes them: a text, a date, the value of an option, or a list of them.
 */
import { el } from "../dom.js";
import { plain } from "../mrkdwn.js";

const text = (type) => ({
  draw: (spec, attributes) =>
    spec.multiline
      ? el("textarea.field-input", { ...attributes, rows: 4, ...limits(spec) })
      : el("input.field-input", { ...attributes, type, autocomplete: "off", ...limits(spec) }),
  initial: (spec) => spec.initial_value ?? "",
  read: (node) => node.value,
  write: (node, value) => (node.value = value ?? ""),
});

const limits = (spec) => ({
  placeholder: plain(spec.placeholder) || null,
  minlength: spec.min_length,
  maxlength: spec.max_length,
  min: spec.min_value,
  max: spec.max_value,
  step: spec.type === "number_input" && spec.is_decimal_allowed ? "any" : null,
});

export const CONTROLS = {
  plain_text_input: text("text"),
  email_text_input: text("email"),
  url_text_input: text("url"),
  number_input: text("number"),
  static_select: {
    draw: drawSelect,
    initial: (spec) => spec.initial_option?.value ?? "",
    read: (node) => node.value || null,
    write: (node, value) => (node.value = value ?? ""),
  },
  radio_buttons: {
    draw: (spec, attributes) => drawChoices(spec, attributes, "radio"),
    initial: (spec) => spec.initial_option?.value ?? null,
    read: (node) => ticked(node)[0] ?? null,
    write: (node, value) => tick(node, value === null ? [] : [value]),
  },
  checkboxes: {
    draw: (spec, attributes) => drawChoices(spec, attributes, "checkbox"),
    initial: (spec) => (spec.initial_options ?? []).map((option) => option.value),
    read: (node) => ticked(node),
    write: (node, values) => tick(node, values ?? []),
  },
  datepicker: {
    draw: (spec, attributes) => el("input.field-input", { ...attributes, type: "date" }),
    initial: (spec) => spec.initial_date ?? "",
    read: (node) => node.value || null,
    write: (node, value) => (node.value = value ?? ""),
  },
};

function drawSelect(spec, attributes) {
  const option = (one) => el("option", { value: one.value }, plain(one.text));
  return el(
    "select.field-input",
    attributes,
    el("option", { value: "" }, plain(spec.placeholder) || "Choose an option"),
    spec.option_groups
      ? spec.option_groups.map((group) =>
          el("optgroup", { label: plain(group.label) }, group.options.map(option)),
        )
      : spec.options.map(option),
  );
}

function drawChoices(spec, { id, ...attributes }, type) {
  return el(
    "div.choices",
    { id, role: type === "radio" ? "radiogroup" : "group", ...attributes },
    spec.options.map((one) =>
      el(
        "label.choice",
        {},
        el("input", { type, name: id, value: one.value }),
        el(
          "span",
          {},
          plain(one.text),
          one.description && el("span.choice-note", {}, plain(one.description)),
        ),
      ),
    ),
  );
}

const boxes = (node) => [...node.querySelectorAll("input")];
const ticked = (node) =>
  boxes(node)
    .filter((box) => box.checked)
    .map((box) => box.value);
const tick = (node, values) => boxes(node).forEach((box) => (box.checked = values.includes(box.value)));

const specs = new WeakMap(); // node → the element it was drawn from

/**
 * Draws a control with its first value. `blockId` and the element's action_id name it in the view's values.
 */
export function control(spec, { id, blockId, ctx, ...attributes }) {
  const kind = CONTROLS[spec.type];
  const focus = `${blockId}/${spec.action_id}`;
  const node = kind.draw(spec, { id, ...attributes, "data-focus": focus });
  specs.set(node, spec);
  node.dataset.actionId = spec.action_id;
  node.dataset.control = blockId ?? "";
  reset(node);
  return node;
}

const kindOf = (node) => CONTROLS[specs.get(node).type];

export const value = (node) => kindOf(node).read(node);

/** Back to the first value: what was picked was not meant. */
export const reset = (node) => kindOf(node).write(node, kindOf(node).initial(specs.get(node)));

/** Slack keeps what was typed when a view is updated and the input kept its block_id, action_id and kind. */
export function carryOver(from, to) {
  const [old, fresh] = [specs.get(from), specs.get(to)];
  if (old.type === fresh.type && old.action_id === fresh.action_id) kindOf(to).write(to, value(from));
}

/** `{block_id: {action_id: value}}` of everything inside `root` that holds a value. */
export function values(root) {
  const found = {};
  for (const node of root.querySelectorAll("[data-control]")) {
    (found[node.dataset.control] ??= {})[node.dataset.actionId] = value(node);
  }
  return found;
}
