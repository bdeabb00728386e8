// The body: its media type, its text, and whether that is JSON where it says so.
import { jsonFault } from "./json_fault.js";

const JSON_TYPE = /^application\/([\w.+-]+\+)?json\b/i;

export class Body {
  constructor(panel, words) {
    this.words = words;
    this.field = panel.querySelector("[data-body]");
    this.media = panel.querySelector("[data-media]");
    this.fault = panel.querySelector("[data-body-fault]");
    this.hint = panel.querySelector("[data-body-encoded]");
    if (!this.field) return;
    this.hint.hidden = !this.encoded;
    this.samples = new Map([...panel.querySelectorAll("[data-sample]")].map((item) => [item.dataset.sample, item.content.textContent]));
    let timer;
    this.field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.check(), 300);
    });
    this.media.addEventListener("change", () => this.changeMedia());
  }

  get text() {
    return this.field?.value ?? "";
  }

  /** Whether the text is sent as its base64. */
  get encoded() {
    return "encoded" in (this.media?.selectedOptions[0]?.dataset ?? {});
  }

  /** What is sent: the text, or its base64. */
  get sent() {
    if (!this.text || !this.encoded) return this.text;
    return btoa(Array.from(new TextEncoder().encode(this.text), (byte) => String.fromCharCode(byte)).join(""));
  }

  get type() {
    return this.text ? this.media.value : "";
  }

  kept() {
    return this.field && { text: this.text, media: this.media.value };
  }

  restore(kept) {
    if (!kept) return;
    this.media.value = this.was = kept.media;
    this.field.value = kept.text;
    this.check();
  }

  /** Another media type brings its sample, unless the text has been changed. */
  changeMedia() {
    const untouched = [...this.samples.values()].some((sample) => sample.trim() === this.text.trim());
    if (untouched || !this.text) this.field.value = this.samples.get(this.media.value);
    this.check();
  }

  /** Say where the text stops being JSON. It is a hint: whoever wants to see the answer to a bad body sends it. */
  check() {
    if (!this.field) return;
    this.hint.hidden = !this.encoded;
    const json = this.encoded || JSON_TYPE.test(this.media.value);
    const found = this.text && json ? jsonFault(this.text) : null;
    this.field.setAttribute("aria-invalid", String(Boolean(found)));
    this.fault.textContent = found
      ? this.words("json-fault", { ...found, what: this.words(found.what, { char: found.char }) })
      : "";
  }
}
