// One workcenter: what it is, and what is mounted on it now, read again while the page is looked at.
import { span } from "../site/countdown.js";
import { made } from "../site/elements.js";
import { filled } from "./declared.js";
import { Watch } from "./watching.js";

const IN_THE_TITLE = ["workcenterCode", "name"];
const LIVE = ["workcenterStatus", "statusSince"];
const PASSING = ["dropped", "offline", "rate", "server", "timeout", "unreachable"];

export class Workcenter {
  /** `declared`, once it is known, is what the panels show. */
  declared = null;

  constructor(root, { words, api, clock, failures, settings }) {
    Object.assign(this, { words, api, clock, failures });
    this.part = (name) => root.querySelector(`[data-${name}]`);
    this.every = settings.refresh_seconds;
    this.watch = new Watch(this.every);
    // How long the status has lasted goes on between two readings.
    setInterval(() => this.#tick(), 1000);
  }

  /** Show a row of the search, and read its setup. */
  open(row, moments) {
    Object.assign(this, { row, moments, since: "", readAt: "", failing: "" });
    this.failures.clear();
    this.part("workcenter").hidden = false;
    this.part("workcenter-title").textContent = [row.workcenterCode, row.name].filter(Boolean).join(" · ");
    this.part("workcenter-facts").replaceChildren(...this.#facts(this.declared.workcenter.fields, row, [...IN_THE_TITLE, ...LIVE]));
    this.part("setup").replaceChildren();
    this.part("setup-status").replaceChildren();
    this.part("setup-read").textContent = this.words("reading");
    return this.watch.begin(() => this.#read(row));
  }

  /** Nothing of it stays in the page. */
  close() {
    this.row = null;
    this.watch.end();
    this.failures.clear();
    this.part("workcenter").hidden = true;
    for (const name of ["workcenter-title", "workcenter-facts", "setup", "setup-status", "setup-read"]) this.part(name).replaceChildren();
  }

  /** Read once; gives the seconds until the next time, 0 for never. */
  async #read(row) {
    try {
      const setup = await this.#one(this.declared.setup.read, row);
      const now = setup ?? (await this.#one(this.declared.workcenter.read, row)) ?? row;
      if (this.row === row) this.#show(setup, now);
      return this.every;
    } catch (failure) {
      return this.row === row ? this.#failed(failure, row) : 0;
    }
  }

  /** What passes by itself is waited for, and told once. */
  #failed(failure, row) {
    this.part("setup-read").textContent = this.readAt ? this.words("read-last", { time: this.readAt }) : "";
    if (this.failing !== failure.kind) this.failures.show(failure, () => this.#again(row));
    this.failing = failure.kind;
    return PASSING.includes(failure.kind) ? failure.wait || this.every : 0;
  }

  #again(row) {
    this.failing = "";
    this.watch.begin(() => this.#read(row));
  }

  async #one(read, row) {
    const { path, query } = filled(read, row);
    return (await this.api.page(path, query)).rows[0];
  }

  #show(setup, { workcenterStatus: status, statusSince: since }) {
    this.failures.clear();
    Object.assign(this, { since, failing: "", readAt: this.moments.clock(this.clock.now()) });
    this.part("setup-status").replaceChildren(made("strong", {}, status || this.words("no-status")), ...(since ? [" ", made("span", { class: "meta", "data-since": "" })] : []));
    this.part("setup").replaceChildren(...(setup ? this.#facts(this.declared.setup.fields, setup, LIVE) : [made("p", { class: "empty" }, this.words("no-setup"))]));
    this.part("setup-read").textContent = this.words("read", { time: this.readAt, every: this.every });
    this.#tick();
  }

  /** Names and values as a list; what a row does not say is left out. */
  #facts(fields, row, but) {
    const told = fields.filter(({ field }) => !but.includes(field)).map(({ field, title, kind }) => [title, this.#value(row[field], kind)]);
    return [made("dl", { class: "lookup-facts" }, ...told.filter(([, value]) => value).map(([title, value]) => made("div", {}, made("dt", {}, title), made("dd", {}, value))))];
  }

  #value(value, kind) {
    if (value === null || value === undefined) return "";
    // People at it, in the order they came.
    if (Array.isArray(value)) return value.map(({ employeeName }) => employeeName).join("; ") || this.words("nobody");
    if (kind === "datetime") return this.moments.day(value);
    // Keys and step numbers are no amounts.
    if (kind === "quantity") return value.toLocaleString([], { maximumFractionDigits: 1 });
    return String(value);
  }

  #tick() {
    const place = this.part("setup-status").querySelector("[data-since]");
    if (!place || !this.since) return;
    const lasted = this.clock.now() - Date.parse(this.since) / 1000;
    place.textContent = this.words("since", { time: this.moments.day(this.since), span: span(lasted) });
  }
}
