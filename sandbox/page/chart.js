/**
 * The data_visualization block as SVG: line, bar, area and pie.
 * https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
 */
import { el, svg } from "./dom.js";
import { pie } from "./pie.js";
import { unsupported } from "./blocks/unsupported.js";

const WIDTH = 600;
const HEIGHT = 260;
const TICKS = 4;
const LABEL_PX = 7; // the width of one character of an axis label, roughly: enough to see whether two would touch
const AXIS = { dy: "0.32em", class: "axis-text" };

export function chartBlock(block, ctx) {
  const chart = block.chart ?? {};
  const draw = { line, bar, area, pie }[chart.type];
  if (!draw) return unsupported(block, ctx);
  const names =
    chart.type === "pie"
      ? chart.segments.map((segment) => segment.label)
      : chart.series.map((one) => one.name);
  return el(
    "figure.chart",
    { "data-chart": chart.type },
    el("figcaption", {}, block.title),
    el("div.chart-scroll", {}, draw(chart, `${block.title}: ${spoken(chart)}`)),
    el(
      "ul.legend",
      { "aria-label": "Legend" },
      names.map((name, index) =>
        el("li", {}, el(`span.swatch.series-${index + 1}`, { "aria-hidden": "true" }), name),
      ),
    ),
  );
}

const number = new Intl.NumberFormat();
const short = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 2 });

/** The figures as words: a picture alone says nothing to a screen reader. */
function spoken(chart) {
  const points = (list) => list.map(({ label, value }) => `${label} ${number.format(value)}`).join(", ");
  if (chart.type === "pie") return `pie chart. ${points(chart.segments)}.`;
  const axis = chart.axis_config?.y_label ? ` of ${chart.axis_config.y_label}` : "";
  return `${chart.type} chart${axis}. ${chart.series.map((one) => `${one.name}: ${points(one.data)}`).join("; ")}.`;
}

const line = (chart, label) => axes(chart, label, { zero: false, shapes: lines });
const bar = (chart, label) => axes(chart, label, { zero: true, shapes: bars });
const area = (chart, label) => axes(chart, label, { zero: true, shapes: areas });

/** The frame of a chart with two axes; `shapes(series, scale)` draws what stands in it. */
function axes(chart, label, { zero, shapes }) {
  const { categories = [], x_label: xLabel, y_label: yLabel } = chart.axis_config ?? {};
  const scale = {
    ...valueScale(chart.series, zero),
    ...area2d(Boolean(xLabel), Boolean(yLabel)),
    categories,
  };
  scale.x = (index) => scale.left + ((index + 0.5) / categories.length) * (scale.right - scale.left);
  scale.y = (value) =>
    scale.bottom - ((value - scale.low) / (scale.high - scale.low)) * (scale.bottom - scale.top);
  const middle = (scale.top + scale.bottom) / 2;
  return svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label },
    scale.ticks.map((tick) => [
      svg("line", {
        class: tick === 0 ? "grid zero" : "grid",
        x1: scale.left,
        x2: scale.right,
        y1: scale.y(tick),
        y2: scale.y(tick),
      }),
      svg("text", { ...AXIS, x: scale.left - 8, y: scale.y(tick), "text-anchor": "end" }, short.format(tick)),
    ]),
    categoryLabels(scale),
    xLabel &&
      svg(
        "text",
        { class: "axis-title", x: (scale.left + scale.right) / 2, y: HEIGHT - 6, "text-anchor": "middle" },
        xLabel,
      ),
    yLabel &&
      svg(
        "text",
        { class: "axis-title", transform: `translate(12 ${middle}) rotate(-90)`, "text-anchor": "middle" },
        yLabel,
      ),
    shapes(chart.series, scale),
  );
}

const area2d = (hasX, hasY) => ({
  left: hasY ? 66 : 50,
  right: WIDTH - 10,
  top: 12,
  bottom: HEIGHT - (hasX ? 46 : 28),
});

/** As many labels as fit without touching: every one, every second, … */
function categoryLabels({ categories, x, left, right, bottom }) {
  const widest = Math.max(1, ...categories.map((one) => one.length)) * LABEL_PX + 8;
  const step = Math.max(1, Math.ceil((widest * categories.length) / (right - left)));
  return categories.map(
    (name, index) =>
      index % step === 0 &&
      svg("text", { class: "axis-text", x: x(index), y: bottom + 18, "text-anchor": "middle" }, name),
  );
}

/** Round steps that hold every value. Bars and areas start at zero, lines do when zero is near. */
function valueScale(series, zero) {
  const values = series.flatMap((one) => one.data.map((point) => point.value));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const near = least >= 0 && least < most / 2;
  const from = zero || near ? Math.min(0, least) : least;
  const to = zero ? Math.max(0, most) : most;
  const step = roundStep((to - from || Math.abs(to) || 1) / TICKS);
  const low = Math.floor(from / step) * step;
  const high = Math.max(Math.ceil(to / step) * step, low + step);
  const count = Math.round((high - low) / step);
  return {
    low,
    high,
    ticks: Array.from({ length: count + 1 }, (_, index) => Number((low + index * step).toPrecision(12))),
  };
}

function roundStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) * power;
}

/** The points of a series that its categories name, left to right. */
const placed = (one, scale) =>
  scale.categories
    .map((label, index) => ({
      label,
      value: one.data.find((point) => point.label === label)?.value,
      x: scale.x(index),
    }))
    .filter((point) => point.value !== undefined)
    .map((point) => ({ ...point, y: scale.y(point.value) }));

const hover = (name, point) => svg("title", {}, `${name} · ${point.label}: ${number.format(point.value)}`);
const path = (points) =>
  points.map((point, index) => `${index ? "L" : "M"}${point.x.toFixed(1)} ${point.y.toFixed(1)}`).join("");

function lines(series, scale) {
  return series.map((one, index) => {
    const points = placed(one, scale);
    return svg(
      "g",
      { class: `series-${index + 1}` },
      svg("path", { class: "stroke", d: path(points) }),
      points.map((point) =>
        svg("circle", { class: "dot", cx: point.x, cy: point.y, r: 3.5 }, hover(one.name, point)),
      ),
    );
  });
}

/** Layered in the order given, the first at the back. */
function areas(series, scale) {
  const floor = scale.y(0);
  return series.map((one, index) => {
    const points = placed(one, scale);
    if (!points.length) return null;
    const closed = `${path(points)}L${points.at(-1).x.toFixed(1)} ${floor}L${points[0].x.toFixed(1)} ${floor}Z`;
    return svg(
      "g",
      { class: `series-${index + 1}` },
      svg("path", { class: "fill", d: closed }),
      svg("path", { class: "stroke", d: path(points) }),
      points.map((point) =>
        svg("circle", { class: "dot small", cx: point.x, cy: point.y, r: 2.5 }, hover(one.name, point)),
      ),
    );
  });
}

/** Bars of several series stand side by side in their category. */
function bars(series, scale) {
  const slot = (scale.right - scale.left) / scale.categories.length;
  const width = Math.min(46, (slot * 0.72) / series.length);
  return series.map((one, index) =>
    svg(
      "g",
      { class: `series-${index + 1}` },
      placed(one, scale).map((point) =>
        svg(
          "rect",
          {
            class: "bar",
            x: point.x - (width * series.length) / 2 + index * width + 1,
            y: Math.min(point.y, scale.y(0)),
            width: Math.max(1, width - 2),
            height: Math.max(1, Math.abs(point.y - scale.y(0))),
            rx: 2,
          },
          hover(one.name, point),
        ),
      ),
    ),
  );
}
