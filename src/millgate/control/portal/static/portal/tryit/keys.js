// The subscription key: chosen by name, fetched when it is needed, and kept in this page's memory alone.
import { copied } from "./elements.js";
import { asked } from "./portal.js";

export class Keys {
  #known = new Map();

  constructor(panel, words, say) {
    this.panel = panel;
    this.words = words;
    this.select = panel.querySelector("[data-key]");
    if (!this.select) return;
    this.options = [...this.select.options];
    this.pasted = panel.querySelector("[data-key-text]");
    this.shown = panel.querySelector("[data-key-value]");
    this.toggle = panel.querySelector("[data-key-reveal]");
    this.select.addEventListener("change", () => {
      this.touched = true;
      this.show();
    });
    this.toggle.addEventListener("click", () => this.reveal(this.toggle.ariaPressed !== "true").catch((wrong) => say(wrong.message)));
    panel.querySelector("[data-key-copy]").addEventListener("click", async () => {
      try {
        say(words((await copied(await this.value())) ? "copied" : "not-copied"));
      } catch (wrong) {
        say(wrong.message);
      }
    });
    this.offer();
  }

  get choice() {
    return this.select?.value ?? "none";
  }

  set choice(value) {
    if (this.select && [...this.select.options].some((option) => option.value === value)) this.select.value = value;
    this.show();
  }

  /** Offer the keys that open the API on the tier that is chosen. */
  offer() {
    if (!this.select) return;
    const tier = this.panel.querySelector("[name=tier]:checked")?.value;
    const chosen = this.choice;
    const open = this.options.filter((option) => !option.dataset.tiers || option.dataset.tiers.split(" ").includes(tier));
    this.select.replaceChildren(...open);
    this.select.value = open.some((option) => option.value === chosen) ? chosen : open[0].value;
    if (chosen === "none" && open[0].dataset.tiers && !this.touched) this.select.value = open[0].value;
    this.panel.querySelector("[data-key-none]").hidden = Boolean(open[0].dataset.tiers) || this.panel.dataset.keyNeeded !== "true";
    this.show();
  }

  show() {
    this.panel.querySelector("[data-key-pasted]").hidden = this.choice !== "other";
    this.panel.querySelector("[data-key-shown]").hidden = this.choice === "none" || this.choice === "other";
    this.reveal(false);
  }

  async reveal(on) {
    this.shown.textContent = on ? await this.value() : "";
    this.panel.querySelector("[data-key-line]").hidden = !on;
    this.toggle.ariaPressed = String(on);
    this.toggle.textContent = this.words(on ? "hide" : "reveal");
  }

  /** The key itself; empty when none is to be sent. */
  async value() {
    const choice = this.choice;
    if (choice === "none" || !this.select) return "";
    if (choice === "other") return this.pasted.value.trim();
    if (!this.#known.has(choice)) {
      const told = await asked(this.panel, this.words, this.select.selectedOptions[0].dataset.address);
      this.#known.set(choice, told.key);
    }
    return this.#known.get(choice);
  }

  /** Forget a key that was refused: it may have been regenerated since. */
  forget() {
    this.#known.delete(this.choice);
  }
}
