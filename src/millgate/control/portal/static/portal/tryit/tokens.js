// The access token: asked for at our own token endpoint with a secret that is pasted, or pasted itself.
import { span } from "../../site/countdown.js";
import { copied, made } from "./elements.js";

/** The claims of a token that can be read; null of any other. */
export function claimsOf(token) {
  try {
    const bytes = Uint8Array.from(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes));
    return claims && typeof claims === "object" ? claims : null;
  } catch {
    return null;
  }
}

export class Tokens {
  constructor(panel, words, clock, say) {
    this.panel = panel;
    this.words = words;
    this.clock = clock;
    this.field = panel.querySelector("[data-token]");
    this.client = panel.querySelector("[data-client]");
    this.secret = panel.querySelector("[data-client-secret]");
    this.life = panel.querySelector("[data-token-life]");
    if (!this.field) return;
    this.field.addEventListener("input", () => this.show());
    const toggle = panel.querySelector("[data-token-reveal]");
    toggle.addEventListener("click", () => {
      const on = this.field.type === "password";
      this.field.type = on ? "text" : "password";
      toggle.ariaPressed = String(on);
      toggle.textContent = words(on ? "hide" : "reveal");
    });
    panel.querySelector("[data-token-copy]").addEventListener("click", async () => say(words((await copied(this.value)) ? "copied" : "not-copied")));
    setInterval(() => this.tick(), 1000);
  }

  get value() {
    return this.field?.value.trim() ?? "";
  }

  /** The token request, as `built` makes those of operations; null while there is no secret. */
  request() {
    const secret = this.secret?.value.trim();
    if (!secret) return null;
    const { tokenUrl, resource, tokenFault } = this.panel.dataset;
    const members = { grant_type: "client_credentials", client_id: this.client.value, client_secret: secret };
    const body = new URLSearchParams(resource ? { ...members, resource } : members).toString();
    const shown = new URLSearchParams(resource ? { ...members, client_secret: "SECRET", resource } : { ...members, client_secret: "SECRET" }).toString();
    const headers = [{ name: "Content-Type", value: "application/x-www-form-urlencoded" }];
    if (tokenFault) headers.push({ name: "X-Millgate-Fault", value: tokenFault });
    return { method: "POST", url: tokenUrl, headers, body, bodyShown: shown, secrets: [encodeURIComponent(secret)], faults: [], token: true };
  }

  take(token) {
    if (!this.field) return;
    this.field.value = token;
    this.show();
  }

  show() {
    const claims = (this.claims = this.value ? claimsOf(this.value) : null);
    const list = this.panel.querySelector("[data-token-list]");
    list.replaceChildren(...Object.entries(claims ?? {}).map(([name, value]) => made("div", {}, made("dt", {}, name), made("dd", {}, told(name, value)))));
    this.panel.querySelector("[data-token-claims]").hidden = !claims;
    this.tick();
  }

  tick() {
    this.life.textContent = this.lifeWords();
    this.life.dataset.state = this.state ?? "";
  }

  lifeWords() {
    this.state = "";
    if (!this.value) return "";
    const { exp, nbf } = this.claims ?? {};
    if (typeof exp !== "number") return this.words("token-opaque");
    const left = exp - this.clock.now();
    this.state = left > 0 ? "good" : "bad";
    if (left <= 0) return this.words("token-expired", { span: span(-left) });
    if (typeof nbf === "number" && nbf > this.clock.now() + 1) {
      this.state = "bad";
      return this.words("token-early", { span: span(nbf - this.clock.now()) });
    }
    return this.words("token-life", { span: span(left) });
  }
}

function told(name, value) {
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  const moment = ["exp", "nbf", "iat"].includes(name) && typeof value === "number" ? new Date(value * 1000) : null;
  return moment && !Number.isNaN(moment.getTime()) ? `${text} (${moment.toISOString().replace(".000Z", "Z")})` : text;
}
