// Why something was not had: recognised from the answer, told in plain words, with what can be done about it.
import { countDown, span } from "../site/countdown.js";
import { made } from "../site/elements.js";

export class Failure extends Error {
  /**
   * `kind` is a word of the page, `values` fill its gaps; `told` are the server's own words, which then stand in its place.
   * `wait` are seconds until it may go better, `act` is what the reader can do: `again`, `sign-in` or nothing.
   */
  constructor(kind, { values = {}, told = "", wait = 0, act = "" } = {}) {
    super(kind);
    Object.assign(this, { kind, values, told, wait, act });
  }
}

/** What an answer of the managed API that is no success means. `told` is its body, where that is JSON. */
export function failureOf({ status, header, told }) {
  const message = told?.message ?? told?.Message ?? told?.detail ?? "";
  const wait = Number(header("retry-after")) || 0;
  if (status === 401) return ofCredentials(header("www-authenticate"), message);
  if (status === 403) return refused(told, message, wait);
  if (status === 404) return new Failure("not-published");
  if (status === 429) return new Failure("rate", { wait, act: "again" });
  if (status >= 500) return new Failure("server", { values: { status, id: told?.activityId ?? header("x-request-id") }, wait, act: "again" });
  return new Failure("refused", { values: { status, message } });
}

function ofCredentials(challenge, message) {
  if (!challenge.startsWith("AzureApiManagementKey")) return new Failure("expired", { act: "sign-in" });
  return new Failure(message.includes("missing") ? "key-missing" : "key-unknown", { act: "sign-in" });
}

function refused(told, message, wait) {
  if (/quota/i.test(message)) return new Failure(/bandwidth/i.test(message) ? "quota-bandwidth" : "quota", { wait, act: "again" });
  const controller = /Controller '([^']*)'/.exec(message)?.[1];
  if (controller) return new Failure("role", { values: { controller } });
  return new Failure("title" in (told ?? {}) ? "account" : "tier");
}

/** Whether the answer says that there is nothing, which is no error: the backend's own 404. */
export function isNothing({ status, told }) {
  return status === 404 && "title" in (told ?? {});
}

/** Where failures of one part of the page are shown: one at a time, read out, with a clock where one must wait. */
export class Failures {
  #end = () => {};

  constructor(place, words, clock, acts) {
    Object.assign(this, { place, words, clock, acts });
  }

  clear() {
    this.#end();
    this.place.replaceChildren();
  }

  /** Show a failure; `again` is what is tried again. Cancelling is none. Whatever is not ours is a fault of the page. */
  show(failure, again) {
    this.clear();
    if (!(failure instanceof Failure)) {
      reportError(failure);
      this.show(new Failure("page", { values: { message: failure.message }, act: "again" }), again);
      return;
    }
    if (failure.kind === "cancelled") return;
    const wait = made("span", { class: "lookup-wait", "data-wait": "" });
    const act = this.#act(failure, again);
    this.place.replaceChildren(made("div", { class: "caution lookup-failure", role: "alert", "data-failure": failure.kind }, made("p", {}, this.#text(failure), " "), wait, ...(act ? [act] : [])));
    if (failure.wait) this.#count(failure, wait, act);
  }

  #text({ kind, values, told, wait }) {
    if (told) return told;
    // When it is over, by the wall clock of whoever reads.
    const at = new Date((this.clock.now() + wait) * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    return this.words(`fail-${kind}`, { ...values, at });
  }

  #act({ act, wait }, again) {
    const run = { again, "sign-in": this.acts["sign-in"] }[act];
    if (!run) return null;
    const button = made("button", { type: "button", class: "button quiet" }, this.words(`act-${act}`));
    button.addEventListener("click", () => {
      if (button.ariaDisabled === "true") return;
      this.clear();
      run();
    });
    if (wait) button.ariaDisabled = "true";
    return button;
  }

  #count({ wait }, place, act) {
    this.#end = countDown(wait, (left) => {
      place.textContent = this.words(left ? "wait" : "wait-over", { span: span(left) });
      if (act) act.ariaDisabled = String(left > 0);
    });
  }
}
