// A sheet written into the workbook: a worksheet of its own with lines above, a table, and a chart. It is the sheet that
// Download has, cell by cell.
//
// Excel on the web takes 5 MB in one request, so rows go in blocks. Every block is formatted before it is filled: a cell
// that is text keeps `0012-4E5` as it is. What a cell is given counts as typed, all the same: an apostrophe in front marks a
// text and is no part of it, so a text that Excel would take for a formula, or that begins with an apostrophe of its own,
// gets one.

const BLOCK_ROWS = 5000;
const BLOCK_CHARACTERS = 1_500_000;
const LONGEST_NAME = 31;
const DAY_LENGTH = "2026-11-30".length;
const TEXT = "@";
const MARKED = /^[=+\-@'\t\r]/;
const CHARTS = { column: "ColumnClustered", stacked: "ColumnStacked", line: "Line" };
const CHART_ROWS = 18;
const CHART_COLUMNS = 8;

/** The name of the worksheet on which this report stands already; empty where it does not. */
export function standing(excel, { table_name: name }) {
  return excel.run(async (context) => {
    const table = context.workbook.tables.getItemOrNullObject(name);
    table.load("name");
    await context.sync();
    if (table.isNullObject) return "";
    table.worksheet.load("name");
    await context.sync();
    return table.worksheet.name;
  });
}

/**
 * Write a sheet, in the place of the same report where that stands already, and say on which worksheet it is. `progress` is
 * told how many rows are written.
 */
export function insert(excel, sheet, progress = () => {}) {
  return excel.run(async (context) => {
    const ours = await cleared(context, sheet);
    const worksheet = ours ?? (await added(context, sheet));
    try {
      if (ours) await redated(context, ours, sheet);
      await fill(context, worksheet, sheet, progress);
    } catch (wrong) {
      if (!ours) await takenAway(context, worksheet);
      throw wrong;
    }
    return worksheet.name;
  });
}

async function fill(context, worksheet, sheet, progress) {
  writeLines(worksheet, sheet);
  for (const [from, rows] of blocks(sheet)) {
    writeBlock(worksheet, sheet, from, rows);
    await context.sync();
    progress(from + rows.length);
  }
  writeTable(worksheet, sheet);
  writeChart(worksheet, sheet);
  worksheet.freezePanes.freezeRows(headerRow(sheet) + 1);
  worksheet.activate();
  worksheet.load("name");
  await context.sync();
}

/** What was begun on a new worksheet; the reason why it was not ended is what the reader must hear of. */
async function takenAway(context, worksheet) {
  worksheet.delete();
  await context.sync().catch(() => {});
}

/** The worksheet of the same report, without what was written there; null where there is none. */
async function cleared(context, sheet) {
  const table = context.workbook.tables.getItemOrNullObject(sheet.table_name);
  table.load("name");
  await context.sync();
  if (table.isNullObject) return null;
  table.worksheet.load("name");
  await context.sync();
  // What is reached by way of the table is gone with it.
  const worksheet = context.workbook.worksheets.getItem(table.worksheet.name);
  const old = table.getRange();
  old.load("rowIndex,rowCount,columnIndex,columnCount");
  const chart = worksheet.charts.getItemOrNullObject(chartName(sheet));
  chart.load("name");
  await context.sync();
  table.delete();
  // Somebody may have moved the table: what stands before it then is theirs.
  const isOurs = old.columnIndex === 0;
  const [row, count] = isOurs ? [0, old.rowIndex + old.rowCount] : [old.rowIndex, old.rowCount];
  worksheet.getRangeByIndexes(row, old.columnIndex, count, old.columnCount).clear();
  if (!chart.isNullObject) chart.delete();
  await context.sync();
  return isOurs ? worksheet : null;
}

/** The name of a worksheet ends with a day: it becomes that of the new rows, unless somebody chose another name. */
async function redated(context, worksheet, { name }) {
  worksheet.load("name");
  const taken = context.workbook.worksheets.getItemOrNullObject(name);
  await context.sync();
  const isDated = worksheet.name.slice(0, -DAY_LENGTH) === name.slice(0, -DAY_LENGTH);
  if (isDated && taken.isNullObject) worksheet.name = name;
}

/** A new worksheet, under a name that is free. */
async function added(context, { name }) {
  const { worksheets } = context.workbook;
  for (let number = 1; ; number += 1) {
    const free = numbered(name, number);
    const there = worksheets.getItemOrNullObject(free);
    await context.sync();
    if (there.isNullObject) return worksheets.add(free);
  }
}

/** `STP-01 Scrap 2026-11-30 (2)`, within what a worksheet's name may be. */
function numbered(name, number) {
  const ending = number === 1 ? "" : ` (${number})`;
  return name.slice(0, LONGEST_NAME - ending.length).trimEnd() + ending;
}

function writeLines(worksheet, { lines }) {
  const range = worksheet.getRangeByIndexes(0, 0, lines.length, 2);
  range.numberFormat = lines.map(({ value, number_format: format }) => [TEXT, formatOf(value, format)]);
  range.values = lines.map(({ label, value }) => [typed(label), typed(value)]);
  range.format.horizontalAlignment = "Left";
  worksheet.getRangeByIndexes(0, 0, lines.length, 1).format.font.bold = true;
  worksheet.getRangeByIndexes(0, 0, 1, 1).format.font.size = 14;
}

/** A text is one whatever its column holds: Excel would read it as a number, a date or a formula. */
function formatOf(cell, format) {
  return typeof cell === "string" ? TEXT : format;
}

/** A cell as one would type it. Null would leave the cell as it was. */
function typed(cell) {
  return typeof cell === "string" && MARKED.test(cell) ? `'${cell}` : (cell ?? "");
}

/** The row of the table's headings: one below the lines and an empty one. */
function headerRow({ lines }) {
  return lines.length + 1;
}

/** The header and all rows in blocks that one request can hold: `[row in the table, rows]`. */
function* blocks({ columns, rows }) {
  let block = [columns.map(({ title }) => title)];
  let from = -1;
  let size = 0;
  for (const row of rows) {
    size += row.reduce((sum, cell) => sum + String(cell ?? "").length + 12, 0);
    if (block.length === BLOCK_ROWS || size > BLOCK_CHARACTERS) {
      yield [from, block];
      from += block.length;
      block = [];
      size = 0;
    }
    block.push(row);
  }
  yield [from, block];
}

function writeBlock(worksheet, sheet, from, rows) {
  const { columns } = sheet;
  const range = worksheet.getRangeByIndexes(headerRow(sheet) + 1 + from, 0, rows.length, columns.length);
  range.numberFormat = rows.map((row) => row.map((cell, at) => formatOf(cell, columns[at].number_format)));
  range.values = rows.map((row) => row.map(typed));
}

function writeTable(worksheet, sheet) {
  const { table_name: name, columns, rows } = sheet;
  const range = worksheet.getRangeByIndexes(headerRow(sheet), 0, rows.length + 1, columns.length);
  const table = worksheet.tables.add(range, true);
  table.name = name;
  table.style = "TableStyleMedium2";
  range.format.autofitColumns();
  // The first column has the labels above the table, too; the title may reach over what is beside it.
  worksheet.getRangeByIndexes(1, 0, headerRow(sheet) + rows.length, 1).format.autofitColumns();
}

function writeChart(worksheet, sheet) {
  const { chart: told, columns, rows } = sheet;
  if (!told) return;
  const header = headerRow(sheet);
  const column = (at, from, count) => worksheet.getRangeByIndexes(header + 1 + from, at, count, 1);
  const [first, ...others] = told.series;
  const chart = worksheet.charts.add(CHARTS[told.kind], column(first, -1, rows.length + 1), "Columns");
  chart.name = chartName(sheet);
  chart.title.text = told.title;
  chart.axes.valueAxis.title.text = told.axis;
  chart.axes.categoryAxis.title.text = columns[told.category].title;
  // Of a day there may be many rows: an axis of days would draw them upon each other.
  chart.axes.categoryAxis.categoryType = "TextAxis";
  chart.legend.visible = others.length > 0;
  if (others.length) chart.legend.position = "Bottom";
  chart.series.getItemAt(0).setXAxisValues(column(told.category, 0, rows.length));
  for (const at of others) {
    const series = chart.series.add(columns[at].title);
    series.setValues(column(at, 0, rows.length));
    series.setXAxisValues(column(told.category, 0, rows.length));
  }
  const corner = (row, place) => worksheet.getRangeByIndexes(row, columns.length + place, 1, 1);
  chart.setPosition(corner(header, 1), corner(header + CHART_ROWS, CHART_COLUMNS));
}

function chartName({ table_name: name }) {
  return `chart_${name}`;
}
