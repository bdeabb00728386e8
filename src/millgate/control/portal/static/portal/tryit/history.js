// The calls of this page, newest first: opened again, sent again, copied. They are kept in memory alone.
import { tone } from "./answer.js";
import { curlOf } from "./curl.js";
import { button, copied, made } from "./elements.js";

const MOST = 20;

export class History {
  #calls = [];

  constructor(panel, words, say, { open, resend }) {
    this.words = words;
    this.say = say;
    this.open = open;
    this.resend = resend;
    this.details = panel.querySelector("[data-history]");
    this.list = panel.querySelector("[data-history-list]");
    this.count = panel.querySelector("[data-history-count]");
  }

  /** Keep a call: its request, its answer or why there was none, and what the fields held. */
  add(call) {
    this.#calls.unshift(call);
    this.#calls.length = Math.min(this.#calls.length, MOST);
    this.details.hidden = false;
    this.count.textContent = `(${this.#calls.length})`;
    this.list.prepend(this.entry(call));
    while (this.list.children.length > MOST) this.list.lastChild.remove();
  }

  entry(call) {
    const { request, answer } = call;
    const name = `${request.method} ${new URL(request.url).pathname}`;
    const status = answer ? made("span", { class: `status-code ${tone(answer.status)}` }, String(answer.status)) : made("span", { class: "status-code bad" }, "–");
    const copy = async (reveal) => this.say(this.words((await copied(curlOf(request, { reveal }))) ? "copied" : "not-copied"));
    const named = (label) => ({ "aria-label": `${label}: ${name}` });
    const acts = [
      button(this.words("open"), () => this.open(call), named(this.words("open"))),
      button(this.words("resend"), () => this.resend(call), named(this.words("resend"))),
      button(this.words("curl"), () => copy(false), named(this.words("curl"))),
      button(this.words("curl-secret"), () => copy(true), named(this.words("curl-secret"))),
    ];
    const time = made("time", { class: "meta" }, new Date(call.at).toLocaleTimeString());
    return made("li", {}, made("p", {}, status, " ", made("code", {}, name), " ", time, answer ? ` ${answer.ms} ms` : ""), made("p", { class: "try-acts" }, ...acts));
  }
}
