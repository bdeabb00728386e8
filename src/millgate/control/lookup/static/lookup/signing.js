// The part of the page where one signs in, or looks around in demo mode.
import { Failure } from "./failures.js";

const WANTS_CODE = ["code-wanted", "code-wrong"];

export class Signing {
  constructor(root, { words, session, failures, settings, changed }) {
    Object.assign(this, { words, session, failures, settings, changed, kept: null });
    this.part = (name) => root.querySelector(`[data-${name}]`);
    this.demo = this.part("demo");
    this.form = this.part("credentials");
    this.demo.disabled = !settings.demo_available;
    this.demo.checked = settings.demo_available;
    this.demo.addEventListener("change", () => this.leave());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.signIn();
    });
    this.part("sign-out").addEventListener("click", () => this.leave());
    this.#show();
  }

  /** Where a key may be kept: known once it is known where the page stands. */
  keepIn(kept) {
    this.kept = kept;
    const key = kept.read();
    if (!key || this.field("subscription_key").value) return;
    this.field("subscription_key").value = key;
    this.field("keep").checked = true;
  }

  field(name) {
    return this.form.elements[name];
  }

  /** A session to search with: demo mode begins its own when it is needed. */
  async needed() {
    if (this.session.open) return;
    if (!this.demo.checked) {
      this.field("user_id").focus();
      throw new Failure("sign-in-first");
    }
    await this.session.begin();
    this.#show();
  }

  async signIn() {
    if (this.busy) return;
    const members = this.#members();
    const missing = ["user_id", "password", "company_code"].find((name) => !members[name]);
    this.failures.clear();
    if (missing) {
      this.field(missing).focus();
      this.failures.show(new Failure("missing", { values: { field: this.field(missing).labels[0].textContent } }));
      return;
    }
    this.busy = true;
    this.part("signing").textContent = this.words("signing-in");
    try {
      const asked = this.session.begin({ mode: "own", ...members });
      // It has been sent.
      this.field("password").value = this.field("otp").value = "";
      await asked;
      this.#keep(members.subscription_key);
      this.#factor(false);
      this.#show();
      this.changed();
      this.part("search-text").focus();
    } catch (failure) {
      this.#factor(WANTS_CODE.includes(failure.kind));
      this.failures.show(failure, () => this.signIn());
      this.field("password").focus();
    } finally {
      this.busy = false;
      this.part("signing").textContent = "";
    }
  }

  #members() {
    const typed = Object.fromEntries(["user_id", "company_code", "subscription_key", "otp"].map((name) => [name, this.field(name).value.trim()]));
    const given = Object.entries({ ...typed, password: this.field("password").value }).filter(([name, value]) => value || !["subscription_key", "otp"].includes(name));
    return Object.fromEntries(given);
  }

  #keep(key) {
    if (this.field("keep").checked && key) this.kept?.write(key);
    else this.kept?.forget();
  }

  #factor(wanted) {
    if (wanted) this.part("otp-field").hidden = false;
    else if (this.session.open) this.part("otp-field").hidden = true;
  }

  /** Out, or into the other mode: nothing of before stays in the page. */
  async leave() {
    this.failures.clear();
    const ended = this.session.end();
    this.#show();
    this.changed();
    await ended;
  }

  /** The session ran out: its owner signs in again, with what they see. */
  again() {
    this.session.forget();
    this.#show();
    if (this.demo.checked) this.part("search-text").focus();
    else this.field("password").focus();
  }

  #show() {
    const { told, open } = this.session;
    const own = !this.demo.checked;
    this.part("demo-words").hidden = own;
    this.part("demo-missing").hidden = this.settings.demo_available;
    this.form.hidden = !own || open;
    this.part("connected").hidden = !own || !open;
    if (own && open) this.part("who").textContent = this.words("signed-in", { person: told.person, company: told.company.name, code: told.company.code });
  }
}
