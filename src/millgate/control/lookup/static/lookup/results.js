// What a search found: a list of buttons, some at a time. Arrows go from one to the next, Enter opens.
import { made } from "../site/elements.js";

const PAGE = 10;

export class Results {
  #found = [];
  #first = 0;

  constructor(root, words, open) {
    this.words = words;
    this.open = open;
    const part = (name) => root.querySelector(`[data-${name}]`);
    this.details = part("results");
    this.title = part("results-title");
    this.more = part("results-more");
    this.list = part("results-list");
    this.pages = part("results-pages");
    this.place = part("results-place");
    this.previous = part("results-previous");
    this.next = part("results-next");
    this.previous.addEventListener("click", () => this.#turn(-PAGE));
    this.next.addEventListener("click", () => this.#turn(PAGE));
    this.list.addEventListener("keydown", (event) => this.#move(event));
  }

  show({ found, more }) {
    this.#found = found;
    this.#first = 0;
    this.details.hidden = !found.length;
    this.details.open = true;
    this.title.textContent = this.words(found.length === 1 ? "found-one" : "found", { count: found.length.toLocaleString() });
    this.more.hidden = !more;
    this.more.textContent = this.words("found-more", { count: found.length.toLocaleString() });
    this.#page();
  }

  /** Nothing of it stays in the page. */
  hide() {
    this.#found = [];
    this.details.hidden = true;
    this.list.replaceChildren();
  }

  /** To the first that was found; whether there is one. */
  focus() {
    if (this.details.hidden) return false;
    this.details.open = true;
    this.list.querySelector("button").focus();
    return true;
  }

  #page() {
    const last = Math.min(this.#first + PAGE, this.#found.length);
    this.list.replaceChildren(...this.#found.slice(this.#first, last).map((row) => made("li", {}, this.#button(row))));
    this.pages.hidden = this.#found.length <= PAGE;
    this.previous.ariaDisabled = String(!this.#first);
    this.next.ariaDisabled = String(last === this.#found.length);
    this.place.textContent = this.words("found-place", { first: this.#first + 1, last, count: this.#found.length });
  }

  #button(row) {
    const code = made("strong", {}, row.workcenterCode);
    const status = row.workcenterStatus ? [made("span", { class: "meta" }, row.workcenterStatus)] : [];
    const button = made("button", { type: "button", class: "lookup-hit", "data-hit": row.workcenterKey }, made("span", {}, code, " ", row.name ?? ""), ...status);
    button.addEventListener("click", () => {
      this.details.open = false;
      this.open(row);
    });
    return button;
  }

  #turn(by) {
    const first = this.#first + by;
    if (first < 0 || first >= this.#found.length) return;
    this.#first = first;
    this.#page();
  }

  #move(event) {
    const buttons = [...this.list.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    buttons[Math.max(0, Math.min(to, buttons.length - 1))].focus();
  }
}
