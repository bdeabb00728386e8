// Search on every page: Ctrl K or ⌘ K, over the index that the server makes of what is published.
// It finds as control/portal/reference/search.py does; without this script the link leads to the search page.
const link = document.querySelector("a[data-palette]");
const MOST = 12;
let index;

/** The index, asked for once a page and whenever asking failed. */
async function entries() {
  if (!index) {
    const answer = await fetch(link.dataset.palette);
    if (!answer.ok) throw new Error(`the index answered ${answer.status}`);
    index = await answer.json();
  }
  return index;
}

/** How near an entry is to the words, 0 being nearest; null when a word is missing. */
export function score([, title, detail, , words, parts], wanted) {
  const head = title.toLowerCase();
  const names = parts.map(([name]) => name.toLowerCase());
  const told = [head, detail.toLowerCase(), words.toLowerCase(), ...names].join(" ");
  if (!wanted.every((word) => told.includes(word))) return null;
  if (head.startsWith(wanted[0])) return 0;
  if (head.split(/\s+/).some((part) => part.startsWith(wanted[0])) || names.includes(wanted[0])) return 1;
  return head.includes(wanted[0]) ? 2 : 3;
}

/** What is shown of an entry: a parameter where the words are its name rather than the operation's. */
export function hit([kind, title, detail, address, , parts], wanted) {
  const head = title.toLowerCase();
  const part = parts.find(([name]) => wanted.some((word) => name.toLowerCase().includes(word) && !head.includes(word)));
  return part
    ? { kind: "parameter", title: part[0], detail: `${title} · ${detail}`, address: `${address}#${part[1]}` }
    : { kind, title, detail, address };
}

/** The words that are looked for: of a text that was sent, not what changes from call to call. */
function words(query) {
  const all = query.toLowerCase().split(/\s+/).filter(Boolean);
  const told = all.filter((word) => !/^[\d.,:;"}]*\d[\d.,:;"}]*$/.test(word));
  return told.length > 2 ? told : all;
}

/** As the server orders: by code, not by anybody's alphabet. */
function compared(a, b) {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export function find(found, query) {
  const wanted = words(query);
  if (!wanted.length) return [];
  const order = Object.keys(found.kinds);
  return found.entries
    .map((entry) => [score(entry, wanted), entry])
    .filter(([near]) => near !== null)
    .sort(([near, a], [nearer, b]) =>
      near - nearer || order.indexOf(a[0]) - order.indexOf(b[0]) || compared(a[1].toLowerCase(), b[1].toLowerCase()))
    .slice(0, MOST)
    .map(([, entry]) => hit(entry, wanted));
}

function made(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** The dialog: a combobox over a list, as the ARIA Authoring Practices describe it. */
class Palette {
  constructor() {
    this.input = made("input", {
      type: "text", inputmode: "search", role: "combobox", autocomplete: "off", spellcheck: "false", maxlength: "200",
      "aria-expanded": "false", "aria-controls": "palette-list", "aria-label": link.textContent.trim(),
      placeholder: link.dataset.hint,
    });
    this.list = made("ul", { id: "palette-list", role: "listbox", "aria-label": link.textContent.trim() });
    this.nothing = made("p", { class: "palette-nothing", role: "status" });
    this.dialog = made("dialog", { class: "palette", "aria-label": link.textContent.trim() },
      this.input, this.list, this.nothing);
    document.body.append(this.dialog);
    this.input.addEventListener("input", () => this.show());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
  }

  async open() {
    if (this.dialog.open) return;
    this.dialog.showModal();
    this.input.select();
    await this.show();
  }

  async show() {
    const query = this.input.value;
    let hits;
    try {
      const found = await entries();
      if (query !== this.input.value) return;
      this.kinds = found.kinds;
      hits = find(found, query);
    } catch {
      location.assign(link.href);
      return;
    }
    this.list.replaceChildren(...hits.map((item, number) => this.row(item, number)));
    this.input.setAttribute("aria-expanded", String(hits.length > 0));
    this.nothing.textContent = query.trim() && !hits.length ? link.dataset.nothing : "";
    this.choose(0);
  }

  row(item, number) {
    const row = made("li", { role: "option", id: `palette-${number}`, "aria-selected": "false" },
      made("span", { class: "tag" }, this.kinds[item.kind]),
      made("span", { class: "hit-title" }, item.title),
      made("span", { class: "meta" }, item.detail));
    row.dataset.address = item.address;
    row.addEventListener("pointermove", () => this.choose(number));
    row.addEventListener("click", (event) => this.go(item.address, event));
    return row;
  }

  go(address, event) {
    if (event.ctrlKey || event.metaKey) {
      open(address, "_blank", "noopener");
      return;
    }
    this.dialog.close();
    location.assign(address);
  }

  choose(number) {
    const rows = [...this.list.children];
    this.chosen = Math.max(0, Math.min(number, rows.length - 1));
    rows.forEach((row, at) => row.setAttribute("aria-selected", String(at === this.chosen)));
    const row = rows[this.chosen];
    if (row) {
      this.input.setAttribute("aria-activedescendant", row.id);
      row.scrollIntoView({ block: "nearest" });
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  key(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      event.preventDefault();
      this.choose(this.chosen + steps[event.key]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const row = this.list.children[this.chosen];
      if (row) this.go(row.dataset.address, event);
      else if (this.input.value.trim()) location.assign(`${link.href}?q=${encodeURIComponent(this.input.value)}`);
    }
  }
}

if (link) {
  const palette = new Palette();
  const sign = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘ K" : "Ctrl K";
  link.append(made("kbd", { "aria-hidden": "true" }, sign));
  link.setAttribute("aria-keyshortcuts", "Control+K Meta+K");
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    palette.open();
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      palette.open();
    }
  });
}
