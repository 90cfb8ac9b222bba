/** The pie of a data_visualization block. */
import { svg } from "./dom.js";

const SIZE = 220;
const RADIUS = 100;
const LABEL_FROM = 0.05; // a thinner slice has no room for its percentage

export function pie(chart, label) {
  const total = chart.segments.reduce((sum, segment) => sum + segment.value, 0) || 1;
  let start = 0;
  const slices = chart.segments.map((segment, index) => {
    const share = segment.value / total;
    const slice = drawSlice(segment, index, start, share);
    start += share;
    return slice;
  });
  return svg(
    "svg",
    { class: "pie", viewBox: `0 0 ${SIZE} ${SIZE}`, role: "img", "aria-label": label },
    slices,
  );
}

const at = (turn, radius) => {
  const angle = (turn - 0.25) * 2 * Math.PI; // the first slice begins at twelve o'clock
  return [SIZE / 2 + radius * Math.cos(angle), SIZE / 2 + radius * Math.sin(angle)].map((value) =>
    value.toFixed(2),
  );
};

function drawSlice(segment, index, start, share) {
  const percent = `${(share * 100).toFixed(share < 0.1 ? 1 : 0)}%`;
  const hover = svg("title", {}, `${segment.label}: ${segment.value.toLocaleString()} (${percent})`);
  const [x, y] = at(start + share / 2, RADIUS * 0.66);
  const shape =
    share >= 0.9999
      ? svg("circle", { class: "slice", cx: SIZE / 2, cy: SIZE / 2, r: RADIUS }, hover) // an arc from a point to itself is nothing
      : svg("path", { class: "slice", d: arc(start, share) }, hover);
  return svg(
    "g",
    { class: `series-${index + 1}` },
    shape,
    share >= LABEL_FROM &&
      svg("text", { class: "slice-text", x, y, dy: "0.35em", "text-anchor": "middle" }, percent),
  );
}

const arc = (start, share) =>
  `M${SIZE / 2} ${SIZE / 2}L${at(start, RADIUS).join(" ")}A${RADIUS} ${RADIUS} 0 ${share > 0.5 ? 1 : 0} 1 ${at(start + share, RADIUS).join(" ")}Z`;
