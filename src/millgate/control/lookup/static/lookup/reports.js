// Production reports of a workcenter: which, of what time, then shown, inserted, downloaded or copied. All four come from
// one sheet that the server makes of the rows that the API gave.
import { copied, made } from "../site/elements.js";
import { insert, standing } from "./excel.js";
import { Failure } from "./failures.js";
import { previewOf } from "./preview.js";
import { Sheets } from "./sheets.js";

const CUSTOM = "custom";
const FRESH = 60_000;

export class Reports {
  #cancel = null;
  #shown = null;

  constructor(root, { words, settings, session, api, clock, failures }) {
    Object.assign(this, { words, settings, session, clock, failures });
    this.part = (name) => root.querySelector(`[data-${name}]`);
    this.sheets = new Sheets({ settings, session, api, clock });
    this.excel = null;
    this.#wire();
  }

  #wire() {
    const on = (name, act) => this.part(name).addEventListener("click", act);
    this.part("report").addEventListener("change", () => this.#chosen());
    this.part("window").addEventListener("change", () => this.#chosen());
    for (const end of ["from", "until"]) this.part(end).addEventListener("input", () => this.#changed());
    on("show", () => this.#run(() => this.#preview({ again: true })));
    on("insert", () => this.#run(() => this.#insert()));
    on("download", () => this.#run(() => this.#download()));
    on("copy", () => this.#run(() => this.#copy()));
    on("stop", () => this.#cancel?.abort());
  }

  /** Offer the reports that there are. */
  offer(reports) {
    this.declared = new Map(reports.map((report) => [report.id, report]));
    this.part("report").replaceChildren(...reports.map(({ id, title }) => made("option", { value: id }, title)));
  }

  /** In Excel, its own object; null in a plain browser. */
  within(excel) {
    this.excel = excel;
    this.part("insert").hidden = !excel;
    this.part("download").classList.toggle("quiet", Boolean(excel));
  }

  /** Of this workcenter. */
  async open(row) {
    this.close();
    this.row = row;
    this.part("reports").hidden = false;
    try {
      this.frames = await this.sheets.frames();
    } catch (failure) {
      if (this.row === row) this.failures.show(failure, () => this.open(row));
      return;
    }
    if (this.row !== row) return;
    this.#offerFrames();
    this.#chosen();
  }

  close() {
    this.#cancel?.abort();
    this.row = null;
    this.#changed();
    this.part("reports").hidden = true;
  }

  /** The choice of a time frame outlives the workcenter. */
  #offerFrames() {
    const select = this.part("window");
    const chosen = select.value;
    const offered = this.frames.map(({ id, name, start }) => made("option", { value: id, ...(start ? {} : { disabled: "" }) }, name));
    select.replaceChildren(...offered, made("option", { value: CUSTOM }, this.words("window-custom")));
    if (chosen && !select.querySelector(`[value="${chosen}"]`).disabled) select.value = chosen;
  }

  get #report() {
    return this.declared.get(this.part("report").value);
  }

  #chosen() {
    const { windowed } = this.#report;
    this.part("window-field").hidden = !windowed;
    this.part("custom").hidden = !windowed || this.part("window").value !== CUSTOM;
    const frame = this.frames?.find(({ id }) => id === this.part("window").value);
    this.part("window-label").textContent = windowed ? (frame?.label ?? "") : this.words("of-now");
    this.#changed();
  }

  /** What is shown belongs to another choice now. */
  #changed() {
    this.#shown = null;
    this.failures.clear();
    this.part("preview").replaceChildren();
    this.part("ask").replaceChildren();
    this.#say("");
  }

  // One thing at a time, which can be cancelled while rows are read

  async #run(act) {
    if (this.#cancel || !this.row) return;
    this.#cancel = new AbortController();
    this.failures.clear();
    this.part("ask").replaceChildren();
    this.#busy(true);
    try {
      await act();
    } catch (failure) {
      if (failure.kind === "cancelled") this.#say(this.words("cancelled"));
      else this.#say("");
      this.failures.show(failure, () => this.#run(act));
    } finally {
      this.#cancel = null;
      this.#busy(false);
    }
  }

  #busy(on) {
    this.part("stop").hidden = !on;
    this.part("reports").setAttribute("aria-busy", String(on));
    for (const name of ["show", "insert", "download", "copy"]) this.part(name).ariaDisabled = String(on);
  }

  #say(text) {
    this.part("report-said").textContent = text;
  }

  /** What was read for this choice: read now, unless it was so a moment ago. */
  async #read({ again = false } = {}) {
    if (!again && this.#shown && performance.now() - this.#shown.at < FRESH) return this.#shown;
    const frame = this.#report.windowed ? await this.#frame() : null;
    const progress = ({ done, total, wait }) => this.#say(wait ? this.words("waiting", { seconds: wait }) : this.words("progress", { done: done.toLocaleString(), total: total.toLocaleString() }));
    this.#say(this.words("reading"));
    const read = await this.sheets.read(this.#report, this.row, frame, { signal: this.#cancel.signal, progress });
    if (!read.rows.length) throw new Failure("nothing");
    this.#say(this.words("making"));
    const sheet = await this.sheets.made(read, this.#cancel.signal);
    this.part("preview").replaceChildren(...previewOf(this.words, sheet));
    this.#shown = { read, sheet, at: performance.now() };
    return this.#shown;
  }

  async #frame() {
    const id = this.part("window").value;
    const ends = { start: this.part("from").value, end: this.part("until").value };
    if (id === CUSTOM) return this.sheets.frame(ends);
    // What "today" is goes on: its end is now.
    const frame = (await this.sheets.frames()).find((found) => found.id === id);
    if (!frame.start) throw new Failure("no-shift");
    return frame;
  }

  async #preview({ again }) {
    const { sheet } = await this.#read({ again });
    this.#say(this.words("shown", { count: sheet.rows.length.toLocaleString() }));
  }

  async #insert() {
    const { sheet } = await this.#read();
    const there = await this.#office(() => standing(this.excel, sheet));
    if (there && !(await this.#agreed(there))) return this.#say(this.words("not-replaced"));
    const progress = (done) => this.#say(this.words("writing", { done: done.toLocaleString(), total: sheet.rows.length.toLocaleString() }));
    const name = await this.#office(() => insert(this.excel, sheet, progress));
    return this.#say(this.words("inserted", { count: sheet.rows.length.toLocaleString(), sheet: name }));
  }

  /** Excel says in its own words what it will not do. */
  async #office(act) {
    try {
      return await act();
    } catch (wrong) {
      throw new Failure("office", { values: { message: wrong.message }, act: "again" });
    }
  }

  /** Ask inline: task panes have no dialogs of the browser's. */
  #agreed(sheet) {
    const { promise, resolve } = withResolvers();
    const answer = (value) => {
      this.part("ask").replaceChildren();
      this.part("insert").focus();
      resolve(value);
    };
    const button = (word, value, look) => {
      const element = made("button", { type: "button", class: `button ${look}` }, this.words(word));
      element.addEventListener("click", () => answer(value));
      return element;
    };
    const keep = button("keep", false, "quiet");
    this.part("ask").replaceChildren(made("div", { class: "caution", role: "group", "aria-label": this.words("replace-label") }, made("p", {}, this.words("replace-ask", { sheet })), made("div", { class: "lookup-acts" }, button("replace", true, ""), keep)));
    this.#say("");
    keep.focus();
    this.#cancel.signal.addEventListener("abort", () => answer(false));
    return promise;
  }

  async #download() {
    const { read } = await this.#read();
    const { blob, name } = await this.sheets.workbook(read, this.#cancel.signal);
    const link = made("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    this.#say(this.words("downloaded", { count: read.rows.length.toLocaleString(), name }));
  }

  async #copy() {
    const { read } = await this.#read();
    const text = await this.sheets.text(read, this.#cancel.signal);
    const done = await copied(text);
    this.#say(done ? this.words("copied", { count: read.rows.length.toLocaleString() }) : this.words("not-copied"));
  }
}

function withResolvers() {
  let resolve;
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve };
}
