// A stand-in for the part of Excel's object model that Workcenter Lookup writes with: what is called waits in a queue until
// `sync`, nothing can be read that was not loaded and synced, and cells take in what they are given as Excel does.

const LARGEST_REQUEST = 5_000_000;
const LONGEST_NAME = 31;

/** A workbook, and `Excel` as a task pane finds it. */
export class Workbook {
  worksheets = [];
  requests = [];
  active = null;

  get excel() {
    return { run: (batch) => batch(new Context(this)) };
  }

  sheet(name) {
    return this.worksheets.find((sheet) => sheet.name.toLowerCase() === name.toLowerCase());
  }

  get tables() {
    return this.worksheets.flatMap((sheet) => sheet.tables);
  }

  /** Something in a cell that its user wrote. */
  write(sheet, row, column, value) {
    entered(this.sheet(sheet), key(row, column), value);
  }

  /** All of it, to look at. */
  told() {
    const cells = (sheet) => [...sheet.cells].filter(([, { value }]) => value !== "");
    return {
      active: this.active?.name,
      requests: this.requests,
      worksheets: this.worksheets.map((sheet) => ({ name: sheet.name, frozen: sheet.frozen, cells: Object.fromEntries(cells(sheet)), tables: sheet.tables.map(({ name, area, style }) => ({ name, area, style })), charts: sheet.charts })),
    };
  }
}

// Cells

const key = (row, column) => `${row},${column}`;

function* places([row, column, rows, columns]) {
  for (let down = 0; down < rows; down += 1) for (let right = 0; right < columns; right += 1) yield [down, right, key(row + down, column + right)];
}

function put(sheet, area, given, act) {
  const [, , rows, columns] = area;
  if (given.length !== rows || given.some((row) => row.length !== columns)) throw new Error("InvalidArgument: the rows are not those of the range");
  for (const [down, right, place] of places(area)) act(sheet, place, given[down][right]);
}

function cellOf(sheet, place) {
  if (!sheet.cells.has(place)) sheet.cells.set(place, { value: "", format: "General" });
  return sheet.cells.get(place);
}

function formatted(sheet, place, format) {
  cellOf(sheet, place).format = format;
}

/** As if it had been typed: what a text looks like decides, unless the cell is for text. */
function entered(sheet, place, value) {
  const cell = cellOf(sheet, place);
  if (value === null) return;
  delete cell.read;
  const isMarked = typeof value === "string" && value.startsWith("'");
  cell.value = isMarked ? value.slice(1) : value;
  if (typeof value !== "string" || isMarked || value === "") return;
  // Which Excels make formulas in cells for texts is not known for all of them: the worse is supposed.
  if (/^[=+@-]/.test(value)) cell.read = "formula";
  if (cell.format === "@") return;
  if (value.trim() && Number.isFinite(Number(value))) cell.read = "number";
  else if (/^\d+[-/.]\w+([-/.]\d+)?$/.test(value)) cell.read = "date";
}

// What a task pane holds of it

class Context {
  #queue = [];
  #size = 0;

  constructor(book) {
    this.book = book;
    this.workbook = { worksheets: new Worksheets(this), tables: { getItemOrNullObject: (name) => new TableItem(this, () => book.tables.find((table) => table.name === name)) } };
  }

  queue(act, sent = "") {
    this.#queue.push(act);
    this.#size += JSON.stringify(sent).length;
  }

  async sync() {
    const [queue, size] = [this.#queue, this.#size];
    [this.#queue, this.#size] = [[], 0];
    if (size > LARGEST_REQUEST) throw new Error("RequestPayloadSizeLimitExceeded");
    this.book.requests.push(size);
    for (const act of queue) act();
  }
}

/** Something whose facts can be read once they were loaded and synced; `facts` says how. */
class Item {
  #loaded = new Map();
  #isNull = null;

  constructor(context, found, facts = {}) {
    Object.assign(this, { context, found, facts });
    context.queue(() => {
      this.#isNull = !found();
    });
    for (const [name, fact] of Object.entries(facts)) Object.defineProperty(this, name, { get: () => this.#read(name), set: (value) => this.later((it) => fact(it, value)) });
  }

  load(names) {
    this.context.queue(() => {
      if (this.found()) for (const name of names.split(",")) this.#loaded.set(name, this.facts[name](this.found()));
    });
  }

  get isNullObject() {
    if (this.#isNull === null) throw new Error("isNullObject was read before sync");
    return this.#isNull;
  }

  /** Do something with it at its turn. */
  later(act, sent) {
    this.context.queue(() => act(this.#it()), sent);
  }

  #read(name) {
    if (!this.#loaded.has(name)) throw new Error(`PropertyNotLoaded: ${name}`);
    return this.#loaded.get(name);
  }

  #it() {
    const it = this.found();
    if (!it) throw new Error("ItemNotFound");
    return it;
  }
}

class Worksheets {
  constructor(context) {
    this.context = context;
  }

  getItemOrNullObject(name) {
    return new WorksheetItem(this.context, () => this.context.book.sheet(name));
  }

  getItem(name) {
    return this.getItemOrNullObject(name);
  }

  add(name) {
    const { book } = this.context;
    const sheet = { name, cells: new Map(), tables: [], charts: [], frozen: 0 };
    this.context.queue(() => {
      called(book, name);
      book.worksheets.push(sheet);
    });
    return new WorksheetItem(this.context, () => (book.worksheets.includes(sheet) ? sheet : undefined));
  }
}

function called(book, name) {
  if (!name || name.length > LONGEST_NAME || /[[\]:*?/\\]|^'|'$/.test(name) || book.sheet(name)) throw new Error(`InvalidArgument: no worksheet can be called ${name}`);
  return name;
}

class WorksheetItem extends Item {
  constructor(context, found) {
    super(context, found, { name: (sheet, name) => (name === undefined ? sheet.name : (sheet.name = called(context.book, name))) });
    this.tables = { add: (range, headed) => addedTable(this, range, headed) };
    this.charts = { add: (type, range, by) => addedChart(this, type, range, by), getItemOrNullObject: (name) => new ChartItem(this, () => found()?.charts.find((chart) => chart.name === name)) };
    this.freezePanes = { freezeRows: (count) => this.later((sheet) => (sheet.frozen = count)) };
  }

  getRangeByIndexes(...area) {
    return new RangeItem(this.context, this.found, () => area);
  }

  activate() {
    this.later((sheet) => (this.context.book.active = sheet));
  }

  delete() {
    const { worksheets } = this.context.book;
    this.later((sheet) => worksheets.splice(worksheets.indexOf(sheet), 1));
  }
}

class RangeItem extends Item {
  constructor(context, sheet, area) {
    const at = (index) => () => area()[index];
    super(context, sheet, { rowIndex: at(0), columnIndex: at(1), rowCount: at(2), columnCount: at(3) });
    this.area = area;
    this.format = { autofitColumns: () => {}, font: {} };
  }

  set values(rows) {
    this.later((sheet) => put(sheet, this.area(), rows, entered), rows);
  }

  set numberFormat(rows) {
    this.later((sheet) => put(sheet, this.area(), rows, formatted), rows);
  }

  clear() {
    this.later((sheet) => {
      for (const [, , place] of places(this.area())) sheet.cells.delete(place);
    });
  }
}

class TableItem extends Item {
  constructor(context, found) {
    super(context, found, { name: (table, name) => (name === undefined ? table.name : named(context.book, table, name)), style: (table, style) => (table.style = style) });
    this.worksheet = new WorksheetItem(context, () => found()?.sheet);
  }

  getRange() {
    return new RangeItem(this.context, () => this.found()?.sheet, () => this.found().area);
  }

  delete() {
    this.later((table) => {
      for (const [, , place] of places(table.area)) table.sheet.cells.delete(place);
      table.sheet.tables.splice(table.sheet.tables.indexOf(table), 1);
    });
  }
}

function named(book, table, name) {
  if (!/^[A-Za-z_][\w.]{0,254}$/.test(name) || book.tables.some((other) => other.name === name)) throw new Error(`InvalidArgument: no table can be called ${name}`);
  table.name = name;
}

function addedTable({ context, found }, range, headed) {
  const table = { name: "", area: range.area(), sheet: null };
  context.queue(() => {
    const [row, column, rows, columns] = table.area;
    const heads = Array.from({ length: columns }, (_, at) => found().cells.get(key(row, column + at))?.value);
    if (!headed || rows < 2 || heads.some((head) => typeof head !== "string" || !head) || new Set(heads).size < columns) throw new Error("InvalidArgument: a table needs a heading of its own for each column, and a row");
    table.sheet = found();
    found().tables.push(table);
  });
  return new TableItem(context, () => (table.sheet ? table : undefined));
}

/** Takes any fact, and keeps it at its turn; `parts` are there already. */
function facts(item, pick, parts = {}) {
  return new Proxy(parts, { set: (_, name, value) => (item.later((it) => (pick(it)[name] = value)), true) });
}

class ChartItem extends Item {
  constructor({ context, found: sheet }, found) {
    super(context, found, { name: (chart, name) => (name === undefined ? chart.name : (chart.name = name)) });
    const part = (pick) => facts(this, pick);
    Object.assign(this, { sheet, title: part((chart) => chart.title), legend: part((chart) => chart.legend) });
    const axis = (pick) => facts(this, pick, { title: part(pick) });
    this.axes = { valueAxis: axis((chart) => chart.valueAxis), categoryAxis: axis((chart) => chart.categoryAxis) };
    this.series = { getItemAt: (at) => this.#series(at), add: (name) => this.#added(name) };
  }

  #added(name) {
    const series = { name };
    this.later((chart) => chart.series.push(series));
    return this.#series(null, series);
  }

  #series(at, series) {
    const set = (name) => (range) => this.later((chart) => ((series ?? chart.series[at])[name] = range.area()));
    return { setValues: set("values"), setXAxisValues: set("categories") };
  }

  setPosition(from, to) {
    this.later((chart) => (chart.position = [from.area(), to.area()]));
  }

  delete() {
    this.later((chart) => this.sheet().charts.splice(this.sheet().charts.indexOf(chart), 1));
  }
}

function addedChart(worksheet, type, range, by) {
  const [row, column, rows] = range.area();
  const chart = { type, by, title: {}, legend: {}, valueAxis: {}, categoryAxis: {}, series: [] };
  worksheet.later((sheet) => {
    chart.series.push({ name: sheet.cells.get(key(row, column)).value, values: [row + 1, column, rows - 1, 1] });
    sheet.charts.push(chart);
  });
  return new ChartItem(worksheet, () => chart);
}
