// A sheet's chart as a drawing: columns, columns upon each other, or lines. The numbers stand in the table beside it.
import { drawn, made } from "../site/elements.js";
import { shown } from "./cells.js";

const WIDTH = 320;
const HEIGHT = 190;
const LEFT = 44;
const BOTTOM = 34;
const TOP = 8;
const MOST_POINTS = 60;
const TONES = ["accent", "warn", "note", "bad", "good"];

/** The figure of a sheet; null where its report has none, or nothing to draw. */
export function chartOf(words, { chart, columns, rows, title }) {
  if (!chart || !rows.length) return null;
  const drawnRows = rows.slice(0, MOST_POINTS);
  const series = chart.series.map((at, index) => ({ title: columns[at].title, kind: columns[at].kind, tone: TONES[index % TONES.length], values: drawnRows.map((row) => Number(row[at]) || 0) }));
  const scale = scaleOf(series, chart.kind === "stacked");
  const labels = drawnRows.map((row) => labelOf(row[chart.category], columns[chart.category].kind));
  const marks = chart.kind === "line" ? lines(series, scale, labels.length) : bars(series, scale, labels.length, chart.kind === "stacked");
  const name = words("chart-name", { title, series: series.map((item) => item.title).join(", "), category: columns[chart.category].title });
  const drawing = drawn("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": name }, ...rules(scale, series[0].kind), ...marks, ...places(labels));
  const cut = rows.length > MOST_POINTS ? [made("p", { class: "meta" }, words("chart-cut", { count: MOST_POINTS }))] : [];
  return made("figure", { class: "lookup-chart" }, legend(series), drawing, ...cut);
}

/** Years would leave no room for days. */
function labelOf(cell, kind) {
  const text = shown(cell, kind);
  return ["date", "datetime"].includes(kind) && typeof cell === "number" ? text.slice(5) : text;
}

/** From 0 to a round number above all. */
function scaleOf(series, stacked) {
  const count = series[0].values.length;
  const sums = Array.from({ length: count }, (_, at) => series.reduce((sum, { values }) => sum + values[at], 0));
  const most = Math.max(...(stacked ? sums : series.flatMap(({ values }) => values)), 0) || 1;
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [0.25, 0.5, 1, 2, 2.5].map((part) => part * power).find((part) => part * 4 >= most) ?? power * 2.5;
  const top = step * Math.ceil(most / step);
  return { step, top, y: (value) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP) };
}

function across(at, count) {
  return LEFT + ((at + 0.5) * (WIDTH - LEFT)) / count;
}

function bars(series, { y }, count, stacked) {
  const room = ((WIDTH - LEFT) / count) * 0.76;
  const width = stacked ? room : room / series.length;
  const heights = Array(count).fill(0);
  return series.flatMap(({ values, tone }, order) =>
    values.map((value, at) => {
      const from = stacked ? heights[at] : 0;
      heights[at] += value;
      const x = across(at, count) - room / 2 + (stacked ? 0 : order * width);
      return drawn("rect", { class: `bar series-${tone}`, x: x.toFixed(2), y: y(from + value).toFixed(2), width: Math.max(width - 0.5, 0.5).toFixed(2), height: Math.max(y(from) - y(from + value), 0).toFixed(2) });
    }),
  );
}

function lines(series, { y }, count) {
  return series.map(({ values, tone }) => {
    const points = values.map((value, at) => `${across(at, count).toFixed(2)},${y(value).toFixed(2)}`);
    return drawn("polyline", { class: `line series-${tone}`, points: points.join(" ") });
  });
}

function rules({ step, top, y }, kind) {
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, at) => at * step);
  return ticks.flatMap((tick) => [
    drawn("line", { class: tick ? "rule" : "zero", x1: LEFT, x2: WIDTH, y1: y(tick), y2: y(tick) }),
    drawn("text", { class: "tick", x: LEFT - 5, y: y(tick) + 4 }, shown(tick, kind)),
  ]);
}

/** As many labels as have room, the first and the last among them. */
function places(labels) {
  const most = Math.max(2, Math.floor((WIDTH - LEFT) / (Math.max(...labels.map((text) => short(text).length)) * 6.5 + 8)));
  const every = Math.max(1, Math.ceil(labels.length / most));
  return labels
    .map((text, at) => (at % every ? null : drawn("text", { class: "place", x: across(at, labels.length), y: HEIGHT - BOTTOM + 16 }, short(text))))
    .filter(Boolean);
}

function short(text) {
  return text.length > 14 ? `${text.slice(0, 13)}…` : text;
}

function legend(series) {
  return made("ul", { class: "lookup-legend" }, ...series.map(({ title, tone }) => made("li", { class: `series-${tone}` }, title)));
}
