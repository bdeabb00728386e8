// Workcenter Lookup's own module against npm's office-addin-mock, whose objects answer with a complaint whenever something
// is read that was not loaded, or not synced after that. It reads `{ module, sheet }` from its input, and prints what it was
// told and what was called, in order.

import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import mock from "office-addin-mock";

const { module, sheet } = JSON.parse(await text(process.stdin));
const { insert, standing } = await import(pathToFileURL(module));
const called = [];

const mocked = (facts, methods = {}) => Object.assign(new mock.OfficeMockObject(facts, "excel"), methods);
const noted = (name, answer) => (...given) => {
  called.push([name, ...given.filter((item) => typeof item !== "object")]);
  return answer;
};
const found = (item) => Object.assign(item, { isNullObject: false });
const missing = () => Object.assign(mocked({ name: "" }), { isNullObject: true });

/** Excel around one worksheet, on which the report stands already or does not. */
function excelWith({ standing: there }) {
  const range = () => mocked({ rowIndex: 4, rowCount: 3, columnIndex: 0, columnCount: sheet.columns.length, values: [], numberFormat: [], format: { font: { bold: false, size: 11 }, horizontalAlignment: "" } }, { clear: noted("clear") });
  const series = () => mocked({ name: "" }, { setValues: noted("setValues"), setXAxisValues: noted("setXAxisValues") });
  const chart = () => {
    const made = mocked({ name: "", title: { text: "" }, legend: { visible: true, position: "" }, axes: { valueAxis: { title: { text: "" } }, categoryAxis: { title: { text: "" } } }, series: { count: 0 } }, { setPosition: noted("setPosition"), delete: noted("chart.delete") });
    Object.assign(made.series, { getItemAt: series, add: series });
    return made;
  };
  const worksheet = mocked({ name: sheet.name, tables: { count: 0 }, charts: { count: 0 }, freezePanes: { frozen: 0 } }, { activate: noted("activate"), delete: noted("worksheet.delete"), getRangeByIndexes: (...area) => (called.push(["range", ...area]), withFormat(range())) });
  Object.assign(worksheet.tables, { add: (_, headed) => (called.push(["tables.add", headed]), mocked({ name: "", style: "" })) });
  Object.assign(worksheet.charts, { add: (type) => (called.push(["charts.add", type]), chart()), getItemOrNullObject: () => (there ? found(chart()) : missing()) });
  Object.assign(worksheet.freezePanes, { freezeRows: noted("freezeRows") });
  const table = mocked({ name: sheet.table_name, worksheet: { name: sheet.name } }, { getRange: () => withFormat(range()), delete: noted("table.delete") });
  const context = mocked({ workbook: { tables: { count: 0 }, worksheets: { count: 0 } } });
  Object.assign(context.workbook.tables, { getItemOrNullObject: () => (there ? found(table) : missing()) });
  Object.assign(context.workbook.worksheets, { getItemOrNullObject: missing, getItem: () => worksheet, add: (name) => (called.push(["worksheets.add", name]), worksheet) });
  track(context, [worksheet, table]);
  return { run: (batch) => batch(context) };
}

function withFormat(range) {
  Object.assign(range.format, { autofitColumns: noted("autofitColumns") });
  tracked.push(range);
  return range;
}

// The mock's context knows no object that a method gave out: all are synced with it.
const tracked = [];
function track(context, items) {
  tracked.push(...items);
  const sync = context.sync.bind(context);
  context.sync = async () => {
    called.push(["sync"]);
    await sync();
    for (const item of tracked) await item.sync();
  };
}

const told = {};
for (const there of [false, true]) {
  called.length = tracked.length = 0;
  const excel = excelWith({ standing: there });
  const stands = await standing(excel, sheet);
  const name = await insert(excel, sheet);
  assert.doesNotMatch(`${stands} ${name}`, /Error, /);
  told[there ? "again" : "first"] = { stands, name, called: [...called] };
}
console.log(JSON.stringify(told));
