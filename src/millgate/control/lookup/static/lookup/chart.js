// A sheet's chart as a drawing: columns, columns upon each other, or lines. The numbers stand in the table beside it.
import { drawn, made } from "../site/elements.js";
import { shown } from "./cells.js";
import { scaleOf } from "./scale.js";

const WIDTH = 320;
const HEIGHT = 180;
const LEFT = 46;
const BOTTOM = 24;
const TOP = 8;
const MOST_POINTS = 60;
const LONGEST_LABEL = 14;
const LETTER = 6.5;
const TONES = ["accent", "warn", "note", "bad", "good"];

/** The figure of a sheet; null where its report has none, or nothing to draw. */
export function chartOf(words, { chart, columns, rows, title }) {
  if (!chart || !rows.length) return null;
  const some = rows.slice(0, MOST_POINTS);
  const series = chart.series.map((at, index) => ({ title: columns[at].title, tone: TONES[index % TONES.length], values: some.map((row) => valueOf(row[at])) }));
  const isStacked = chart.kind === "stacked";
  const scale = scaleOf(series, columns[chart.series[0]].kind, isStacked);
  const y = (value) => HEIGHT - BOTTOM - (value / scale.top) * (HEIGHT - BOTTOM - TOP);
  const marks = chart.kind === "line" ? lines(series, y, some.length) : bars(series, y, some.length, isStacked);
  const labels = some.map((row) => labelOf(row[chart.category], columns[chart.category].kind));
  const name = words("chart-name", { title, series: series.map((item) => item.title).join(", "), category: columns[chart.category].title });
  const drawing = drawn("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": name }, ...rules(scale, y), ...marks, ...places(labels));
  const cut = rows.length > MOST_POINTS ? [made("p", { class: "meta" }, words("chart-cut", { count: MOST_POINTS }))] : [];
  return made("figure", { class: "lookup-chart" }, legend(series), drawing, ...cut);
}

/** Where there is no number there is nothing to draw: that is not 0. */
function valueOf(cell) {
  return typeof cell === "number" ? cell : null;
}

function across(at, count) {
  return LEFT + ((at + 0.5) * (WIDTH - LEFT)) / count;
}

function bars(series, y, count, isStacked) {
  const room = ((WIDTH - LEFT) / count) * 0.76;
  const width = isStacked ? room : room / series.length;
  const heights = Array(count).fill(0);
  return series.flatMap(({ values, tone }, order) =>
    values.map((value, at) => {
      const from = isStacked ? heights[at] : 0;
      heights[at] += value ?? 0;
      const left = across(at, count) - room / 2 + (isStacked ? 0 : order * width);
      const top = y(from + (value ?? 0));
      return drawn("rect", { class: `bar series-${tone}`, x: left.toFixed(2), y: top.toFixed(2), width: Math.max(width - 0.5, 0.5).toFixed(2), height: Math.max(y(from) - top, 0).toFixed(2) });
    }),
  );
}

/** A line for each run of numbers; a number alone is a dot. */
function lines(series, y, count) {
  return series.flatMap(({ values, tone }) =>
    runs(values).map((run) => {
      const points = run.map(([at, value]) => [across(at, count).toFixed(2), y(value).toFixed(2)]);
      if (points.length > 1) return drawn("polyline", { class: `line series-${tone}`, points: points.map((point) => point.join(",")).join(" ") });
      return drawn("circle", { class: `bar series-${tone}`, cx: points[0][0], cy: points[0][1], r: 2 });
    }),
  );
}

function runs(values) {
  const found = [[]];
  for (const [at, value] of values.entries()) {
    if (value !== null) found.at(-1).push([at, value]);
    else if (found.at(-1).length) found.push([]);
  }
  return found.filter((run) => run.length);
}

function rules({ ticks }, y) {
  return ticks.flatMap(({ value, label }) => [
    drawn("line", { class: value ? "rule" : "zero", x1: LEFT, x2: WIDTH, y1: y(value), y2: y(value) }),
    drawn("text", { class: "tick", x: LEFT - 5, y: y(value) + 4 }, label),
  ]);
}

/** As many labels as have room. */
function places(labels) {
  const longest = Math.max(...labels.map((text) => text.length), 1);
  const most = Math.max(1, Math.floor((WIDTH - LEFT) / (longest * LETTER + 8)));
  const every = Math.ceil(labels.length / most);
  const at = labels.map((text, place) => [text, place]).filter(([, place]) => place % every === 0);
  return at.map(([text, place]) => drawn("text", { class: "place", x: across(place, labels.length), y: HEIGHT - BOTTOM + 15 }, text));
}

/** Years would leave no room for days. */
function labelOf(cell, kind) {
  const text = shown(cell, kind);
  if (["date", "datetime"].includes(kind) && typeof cell === "number") return text.slice("2026-".length);
  return text.length > LONGEST_LABEL ? `${text.slice(0, LONGEST_LABEL - 1)}…` : text;
}

function legend(series) {
  return made("ul", { class: "lookup-legend" }, ...series.map(({ title, tone }) => made("li", { class: `series-${tone}` }, title)));
}
