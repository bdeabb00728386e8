// Who is looking, and with which token and key. All of it lives in this module's memory: the password is sent once and not
// kept, the token goes with the page, and the key is kept elsewhere only by `keeping.js`, when that is asked for.
import { asked, ownHeaders } from "./asking.js";
import { Failure } from "./failures.js";

const DEMO = { mode: "demo" };
const ENDED = "session-ended";

export class Session {
  #token = "";
  #key = "";
  #refresh = "";
  #renewing = null;

  constructor(settings, clock) {
    Object.assign(this, { settings, clock, told: null });
  }

  get open() {
    return Boolean(this.#token);
  }

  /** In demo mode, or as somebody: `{ mode: "own", user_id, password, company_code, subscription_key, otp }`. */
  async begin(members = DEMO) {
    this.forget();
    const told = await this.#post("session", members);
    this.#key = told.subscription_key || members.subscription_key || "";
    this.#take(told);
  }

  /** A fresh token for the one that ran out. Calls that find out at the same time share one. */
  renew() {
    this.#renewing ??= this.#renewed().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  async #renewed() {
    const { told } = this;
    if (!told) throw new Failure("expired", { act: "sign-in" });
    const fresh = this.#refresh ? await this.#post("renew", { refresh: this.#refresh }) : await this.#post("session", DEMO);
    // Whoever signed out meanwhile stays out.
    if (this.told === told) this.#take(fresh);
  }

  /** Sign out: the server forgets, too. */
  async end() {
    const refresh = this.#refresh;
    this.forget();
    if (refresh) await this.#post("end", { refresh }).catch(() => {});
  }

  forget() {
    this.#token = this.#key = this.#refresh = "";
    this.told = null;
  }

  /** What stands between the origin and an operation's path. */
  get base() {
    return this.told?.base ?? "";
  }

  /** The headers that a managed call needs. */
  headers() {
    return { ...this.bearer(), ...(this.#key ? { [this.settings.key_header]: this.#key } : {}) };
  }

  /** The header that our own addresses need. */
  bearer() {
    return { Authorization: `Bearer ${this.#token}` };
  }

  #take(told) {
    this.#token = told.token;
    this.#refresh = told.refresh;
    this.told = { ...told, base: told.base ?? this.told.base, token: "", refresh: "", subscription_key: "" };
  }

  async #post(address, members) {
    const headers = { "Content-Type": "application/json", Accept: "application/json", ...ownHeaders(this.settings) };
    const answer = await asked(this.settings.addresses[address], { method: "POST", headers, body: JSON.stringify(members) }, this.clock);
    if (answer.ok) return answer.told ?? {};
    throw refusalOf(answer);
  }
}

/** What one of our own addresses says when it does not do what it is asked. */
export function refusalOf({ status, header, told }) {
  const { error, message = "", retry_after: wait = 0 } = told ?? {};
  if (error === ENDED) return new Failure("expired", { act: "sign-in" });
  if (message) return new Failure(error, { told: message, wait, act: wait ? "again" : "" });
  return new Failure("server", { values: { status, id: header("x-request-id") }, act: "again" });
}
