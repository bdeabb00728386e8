// A sheet as it will be, in the pane: its lines, its chart, and the first rows of its table.
import { made } from "../site/elements.js";
import { isNumber, shown } from "./cells.js";
import { chartOf } from "./chart.js";

const MOST_ROWS = 100;
const FORMATS = { datetime: "yyyy-mm-dd hh", date: "yyyy-mm-dd", duration: "[h]", percent: "0.0%" };

/** The elements of a sheet. */
export function previewOf(words, sheet) {
  const { title, columns, rows } = sheet;
  const lines = sheet.lines.slice(1).map(({ label, value, number_format: format }) => made("div", {}, made("dt", {}, label), made("dd", {}, shown(value, kindOf(format)))));
  const heading = made("h4", { "data-sheet-title": "" }, title);
  const chart = chartOf(words, sheet);
  const count = rows.length > MOST_ROWS ? words("preview-cut", { shown: MOST_ROWS, count: rows.length.toLocaleString() }) : words(rows.length === 1 ? "preview-row" : "preview-rows", { count: rows.length });
  return [
    heading,
    ...(chart ? [chart] : []),
    made("dl", { class: "lookup-facts" }, ...lines),
    made("p", { class: "meta", "data-preview-count": "" }, count),
    made("div", { class: "scroll lookup-scroll", tabindex: "0", role: "region", "aria-label": title }, tableOf(title, columns, rows)),
  ];
}

/** Of a line, which has a number format alone. */
function kindOf(format) {
  return Object.entries(FORMATS).find(([, start]) => format.startsWith(start))?.[0] ?? "quantity";
}

function tableOf(title, columns, rows) {
  const head = made("tr", {}, ...columns.map(({ title: name, kind }) => made("th", { scope: "col", ...right(kind) }, name)));
  const body = rows.slice(0, MOST_ROWS).map((row) => made("tr", {}, ...row.map((cell, at) => made("td", right(columns[at].kind), shown(cell, columns[at].kind)))));
  return made("table", {}, made("caption", { class: "hidden" }, title), made("thead", {}, head), made("tbody", {}, ...body));
}

function right(kind) {
  return isNumber(kind) ? { class: "number" } : {};
}
