// Rows read from the managed API, and the sheet that the server makes of them: as JSON to show and insert, as a workbook to
// download, as text to copy.
import { asked, ownHeaders } from "./asking.js";
import { filled } from "./declared.js";
import { refusalOf } from "./session.js";

const WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const TEXT = "text/tab-separated-values";

export class Sheets {
  constructor({ settings, session, api, clock }) {
    Object.assign(this, { settings, session, api, clock });
  }

  /** The time frames of now: `[{ id, name, label, start, end, shift }]`; `start` is null where there is no such shift. */
  async frames() {
    return (await this.#told(this.settings.addresses.windows)).windows;
  }

  /** A chosen time frame; its ends are given by the plant's clock. */
  frame(ends) {
    return this.#told(`${this.settings.addresses.windows}?${new URLSearchParams(ends)}`);
  }

  /** All rows of a report up to the bound: what `made`, `workbook` and `text` take. */
  async read(report, row, frame, { signal, progress }) {
    const { path, query } = filled(report.read, row, frame);
    const { rows, total } = await this.api.walk(path, query, { most: this.settings.most_rows, signal, progress });
    const { workcenterCode: code, name } = row;
    return { report: report.id, workcenter: { code, name: name ?? "" }, window: frame, rows: rows.map((told) => of(told, report.fields)), total };
  }

  async made(read, signal) {
    return (await this.#sheet(read, "application/json", signal)).told;
  }

  async workbook(read, signal) {
    const answer = await this.#sheet(read, WORKBOOK, signal);
    const name = /filename="?([^";]+)"?/i.exec(answer.header("content-disposition"))?.[1] ?? `${read.report}.xlsx`;
    return { blob: answer.blob(), name };
  }

  async text(read, signal) {
    return (await this.#sheet(read, TEXT, signal)).text();
  }

  #sheet(read, accept, signal) {
    const body = JSON.stringify(read);
    return this.#answered(this.settings.addresses.sheets, () => ({ method: "POST", headers: { Accept: accept, "Content-Type": "application/json", ...this.#headers() }, body, signal }));
  }

  async #told(address) {
    return (await this.#answered(address, () => ({ headers: { Accept: "application/json", ...this.#headers() } }))).told;
  }

  /** With a fresh token, once. */
  async #answered(address, options) {
    let answer = await asked(address, options(), this.clock);
    if (answer.status === 401) {
      await this.session.renew();
      answer = await asked(address, options(), this.clock);
    }
    if (answer.ok) return answer;
    throw refusalOf(answer);
  }

  #headers() {
    return { ...this.session.bearer(), ...ownHeaders(this.settings) };
  }
}

/** What a sheet needs of a row. */
function of(row, fields) {
  return Object.fromEntries(fields.map((name) => [name, row[name]]));
}
