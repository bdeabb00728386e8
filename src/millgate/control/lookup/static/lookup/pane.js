// Workcenter Lookup: the page's parts, put together.
import { ServerClock } from "../site/countdown.js";
import { wordsOf } from "../site/elements.js";
import { Api } from "./api.js";
import { asked, ownHeaders } from "./asking.js";
import { Failures } from "./failures.js";
import { host } from "./host.js";
import { Kept } from "./keeping.js";
import { momentsOf } from "./moments.js";
import { Reports } from "./reports.js";
import { Results } from "./results.js";
import { patternOf, search } from "./searching.js";
import { refusalOf, Session } from "./session.js";
import { Signing } from "./signing.js";
import { Workcenter } from "./workcenter.js";

class Pane {
  #cancel = null;

  constructor(root, settings) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-${name}]`);
    this.words = wordsOf(root);
    this.clock = new ServerClock(Date.now() / 1000);
    this.session = new Session(settings, this.clock);
    this.api = new Api(settings, this.session, this.clock);
    this.settings = settings;
    this.#build();
    this.part("search").addEventListener("submit", (event) => {
      event.preventDefault();
      this.search();
    });
    this.part("search-text").addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" && this.results.focus()) event.preventDefault();
    });
  }

  #build() {
    const { words, clock, session, api, settings } = this;
    const acts = { "sign-in": () => this.#signInAgain() };
    const failures = (name) => new Failures(this.part(`${name}-failure`), words, clock, acts);
    this.failures = failures("search");
    this.signing = new Signing(this.root, { words, session, settings, failures: failures("signing"), changed: () => this.#empty() });
    this.results = new Results(this.root, words, (row) => this.open(row));
    this.workcenter = new Workcenter(this.root, { words, api, clock, settings, failures: failures("setup") });
    this.reports = new Reports(this.root, { words, settings, session, api, clock, failures: failures("reports") });
  }

  /** Find out where the page stands, and which reports there are. */
  async begin() {
    const [place, declared] = await Promise.all([host(this.settings.office_js), this.#declared()]);
    this.part("host").hidden = !place.why;
    if (place.why) this.part("host").textContent = this.words(`host-${place.why}`);
    this.reports.within(place.excel);
    this.signing.keepIn(new Kept(place.partition));
    if (!declared) return;
    this.workcenter.declared = declared;
    this.reports.offer(declared.reports);
    this.root.dataset.ready = "";
  }

  async #declared() {
    try {
      const answer = await asked(this.settings.addresses.reports, { headers: { Accept: "application/json", ...ownHeaders(this.settings) } }, this.clock);
      if (answer.ok && answer.told) return answer.told;
      throw refusalOf(answer);
    } catch (failure) {
      this.failures.show(failure, () => this.begin());
      return null;
    }
  }

  async search() {
    this.#cancel?.abort();
    const cancel = (this.#cancel = new AbortController());
    const text = this.part("search-text").value;
    this.failures.clear();
    this.results.hide();
    this.#closeWorkcenter();
    if (!patternOf(text)) {
      this.#said(this.words("type-something"));
      return;
    }
    this.#said(this.words("searching"));
    try {
      await this.signing.needed();
      const found = await search(this.api, text, cancel.signal);
      if (cancel.signal.aborted) return;
      this.#said(found.found.length ? "" : this.words("found-nothing", { text: text.trim() }));
      this.results.show(found);
    } catch (failure) {
      if (cancel.signal.aborted) return;
      this.#said("");
      this.failures.show(failure, () => this.search());
    }
  }

  open(row) {
    this.workcenter.open(row, momentsOf(this.session.told.company.time_zone));
    this.reports.open(row);
    this.part("workcenter-title").focus();
  }

  #said(text) {
    this.part("search-said").textContent = text;
  }

  #signInAgain() {
    this.signing.again();
  }

  /** Another person, or nobody: what was found for the one before goes. */
  #empty() {
    this.#cancel?.abort();
    this.failures.clear();
    this.#said("");
    this.results.hide();
    this.#closeWorkcenter();
  }

  #closeWorkcenter() {
    this.workcenter.close();
    this.reports.close();
  }
}

const root = document.querySelector("[data-lookup]");
new Pane(root, JSON.parse(document.querySelector("#lookup-settings").textContent)).begin();
