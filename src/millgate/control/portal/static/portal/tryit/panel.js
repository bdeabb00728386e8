// The panel of an operation: opened from its page, filled in, sent, and read. Secrets stay in this page's memory.
import { callShown, sentShown, statusWords } from "./answer.js";
import { Body } from "./body.js";
import { countDown, ServerClock, span } from "../../site/countdown.js";
import { curlOf } from "./curl.js";
import { copied, made, wordsOf } from "./elements.js";
import { History } from "./history.js";
import { Keys } from "./keys.js";
import { addressOf, built, withSecrets } from "./request.js";
import { addRow, rowsKept, rowsRestore, watchRows } from "./rows.js";
import { keyInSample } from "./samples.js";
import { MOST_SECONDS, send, Unanswered } from "./sending.js";
import { Tokens } from "./tokens.js";
import { explain } from "./why.js";

const PRODUCTION = "production";

class Panel {
  #sure = false;
  #cancel = null;
  #held = null;

  constructor(dialog) {
    this.dialog = dialog;
    this.words = wordsOf(dialog);
    this.part = (name) => dialog.querySelector(`[data-${name}]`);
    // What an answer's own elements show is read out alone.
    this.say = (text, { shown = true } = {}) => {
      this.part("status").textContent = text;
      this.part("status").classList.toggle("hidden", !shown);
    };
    this.clock = new ServerClock(Number(dialog.dataset.now));
    this.onlyToken = "tokenFault" in dialog.dataset;
    this.keys = new Keys(dialog, this.words, this.say);
    this.tokens = new Tokens(dialog, this.words, this.clock, this.say);
    this.body = new Body(dialog, this.words);
    this.history = new History(dialog, this.words, this.say, { open: (call) => this.reopen(call), resend: (call) => this.resend(call) });
    this.wire();
    this.showAddress();
  }

  wire() {
    const on = (name, act) => this.part(name)?.addEventListener("click", act);
    this.part("form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.onlyToken) this.getToken();
      else this.sendBuilt();
    });
    on("close", () => this.dialog.close());
    on("cancel", () => this.#cancel?.abort());
    on("get-token", () => this.getToken());
    on("curl", () => this.copyCurl());
    on("confirm-send", () => {
      this.#sure = true;
      this.part("confirm").hidden = true;
      this.sendBuilt();
    });
    on("confirm-stay", () => {
      this.part("confirm").hidden = true;
      this.part("submit").focus();
    });
    for (const add of this.dialog.querySelectorAll("[data-add]")) {
      add.addEventListener("click", () => addRow(this.dialog, this.words, add.dataset.add).querySelector("input").focus());
    }
    for (const preset of this.dialog.querySelectorAll("[data-preset]")) {
      addRow(this.dialog, this.words, preset.dataset.preset, preset.dataset.name, preset.dataset.value);
    }
    watchRows(this.dialog);
    this.part("client-secret")?.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.getToken();
    });
    this.dialog.addEventListener("input", () => this.showAddress());
    this.dialog.addEventListener("change", (event) => {
      if (event.target.name === "tier") this.keys.offer();
      this.showHold();
      this.showAddress();
    });
  }

  showAddress() {
    this.part("url").textContent = this.onlyToken ? this.dialog.dataset.tokenUrl : addressOf(this.dialog);
  }

  get tier() {
    return this.dialog.querySelector("[name=tier]:checked")?.value ?? "";
  }

  problem(text, field) {
    const line = this.part("problem");
    line.textContent = text;
    line.hidden = !text;
    for (const wrong of this.dialog.querySelectorAll("[aria-invalid]:not([data-body])")) wrong.removeAttribute("aria-invalid");
    field?.setAttribute("aria-invalid", "true");
    field?.focus();
  }

  // Sending

  async sendBuilt() {
    if (this.#cancel) return;
    if (this.holds()) {
      this.say(this.words("wait-why", { span: span(this.#held.left) }));
      return;
    }
    const request = built(this.dialog, this.body, this.words);
    const [fault] = request.faults;
    this.problem(fault?.text ?? "", fault?.field);
    if (fault) return;
    this.body.check();
    if (this.tier === PRODUCTION && !this.#sure) {
      this.part("confirm").hidden = false;
      this.part("confirm-stay").focus();
      return;
    }
    let key;
    try {
      key = await this.keys.value();
    } catch (wrong) {
      this.problem(wrong.message);
      return;
    }
    const whole = withSecrets(request, { keyHeader: this.dialog.dataset.keyHeader, key, token: this.tokens.value });
    const answer = await this.exchange(whole, this.words("sending"));
    if (answer?.status === 401) this.keys.forget();
  }

  /** The call as it stands, which a shell can send even where a browser may not; secrets are variables. */
  async copyCurl() {
    const request = built(this.dialog, this.body, this.words);
    const secrets = { keyHeader: this.dialog.dataset.keyHeader, key: this.keys.choice === "none" ? "" : "$KEY", token: this.part("token") ? "$TOKEN" : "" };
    const done = await copied(curlOf(withSecrets(request, secrets), { reveal: false }));
    this.say(this.words(done ? "copied" : "not-copied"));
  }

  async getToken() {
    if (this.#cancel) return;
    const request = this.tokens.request();
    this.problem(request ? "" : this.words("no-secret"), request ? null : this.part("client-secret"));
    if (!request) return;
    const answer = await this.exchange(request, this.words("asking"), { quiet: !this.onlyToken });
    if (answer?.status !== 200) return;
    const told = JSON.parse(new TextDecoder().decode(answer.bytes));
    this.tokens.take(told.access_token ?? "");
    if (!this.onlyToken) this.say(this.words("token-ok"));
  }

  /** Send and show, and keep it in the history; `quiet` shows refusals alone. */
  async exchange(request, doing, { quiet = false } = {}) {
    const fields = this.fields();
    this.#cancel = new AbortController();
    this.busy(true);
    this.say(doing);
    const at = Date.now();
    let answer = null;
    let why = "";
    try {
      answer = await send(request, this.#cancel.signal);
      this.clock.heard(answer.header("date"));
    } catch (wrong) {
      if (!(wrong instanceof Unanswered)) throw wrong;
      why = wrong.why;
    } finally {
      this.#cancel = null;
      this.busy(false);
    }
    if (quiet && answer?.status === 200) return answer;
    const call = { request, answer, why, fields, at };
    this.history.add(call);
    this.show(call, { ask: true });
    return answer;
  }

  busy(on) {
    this.part("cancel").hidden = !on;
    this.part("submit").setAttribute("aria-disabled", String(on));
    if (!on) this.showHold();
  }

  // Showing

  show(call, { ask }) {
    const place = this.part("answer");
    // In one column it comes below all fields.
    if (matchMedia("(max-width: 60rem)").matches) setTimeout(() => place.parentElement.scrollIntoView());
    if (!call.answer) {
      const words = this.words(call.why, { seconds: MOST_SECONDS });
      this.say(words, { shown: false });
      place.replaceChildren(made("p", { class: "caution", "data-unanswered": call.why }, words), sentShown(this.words, call.request));
      return;
    }
    const { why, elements } = callShown(this.words, this.say, call);
    this.say(statusWords(this.words, call.answer), { shown: false });
    place.replaceChildren(...elements);
    if (new URL(call.request.url).origin !== location.origin) {
      place.append(made("p", { class: "meta" }, this.words("elsewhere", { origin: location.origin })));
    }
    if (call.answer.status < 400) return;
    if (!ask) {
      why.replaceWith(call.reason);
      return;
    }
    call.reason = why;
    this.hold(Number(call.answer.header("retry-after")), call);
    explain(this.dialog, this.words, call.answer, why, (wait) => this.hold(wait, call));
  }

  fields() {
    const picked = (name) => this.part(name)?.value;
    return { rows: rowsKept(this.dialog), tier: this.tier, key: this.keys.choice, body: this.body.kept(), accept: picked("accept") };
  }

  reopen(call) {
    this.restore(call.fields);
    this.show(call, { ask: false });
  }

  resend(call) {
    this.restore(call.fields);
    if (call.request.token) this.getToken();
    else this.sendBuilt();
  }

  restore(fields) {
    rowsRestore(this.dialog, this.words, fields.rows);
    const tier = this.dialog.querySelector(`[name=tier][value="${fields.tier}"]`);
    if (tier) tier.checked = true;
    this.keys.offer();
    this.keys.choice = fields.key;
    this.body.restore(fields.body);
    if (fields.accept) this.part("accept").value = fields.accept;
    this.showHold();
    this.showAddress();
  }

  // Waiting for a limit

  /** Hold back calls like one that a limit refused, until that lets the next pass. */
  hold(seconds, { answer, fields }) {
    // An error on demand uses nothing up.
    if (!(seconds > 0) || ![403, 429].includes(answer.status) || answer.header("x-millgate-fault")) return;
    this.#held?.end();
    const held = { spot: spot(fields), left: seconds };
    this.#held = held;
    held.end = countDown(seconds, (left) => {
      held.left = left;
      this.showHold();
    });
  }

  holds() {
    return Boolean(this.#held?.left) && this.#held.spot === spot({ key: this.keys.choice, tier: this.tier });
  }

  showHold() {
    if (this.#cancel) return;
    const holds = this.holds();
    const submit = this.part("submit");
    this.plain ??= submit.textContent;
    submit.setAttribute("aria-disabled", String(holds));
    submit.textContent = holds ? this.words("wait", { span: span(this.#held.left) }) : this.plain;
    submit.title = holds ? this.words("wait-why", { span: span(this.#held.left) }) : "";
  }
}

/** What a limit counts by: both keys of a subscription together. */
function spot({ key, tier }) {
  return `${key.split(":")[0]} ${tier}`;
}

const dialog = document.querySelector("dialog[data-try]");
if (dialog) {
  const panel = new Panel(dialog);
  for (const open of document.querySelectorAll("[data-try-open]")) {
    open.addEventListener("click", () => {
      dialog.showModal();
      panel.part("form").scrollTop = 0;
      dialog.querySelector("h2").focus();
    });
  }
  if (location.hash === "#try-it") dialog.showModal();
  const bar = document.querySelector("[data-sample-bar]");
  if (bar) keyInSample(bar, panel.keys, panel.words);
  dialog.dataset.ready = "";
}
