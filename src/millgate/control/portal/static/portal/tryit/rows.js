// The rows of parameters and headers: described ones are switched on and off, own ones are added and removed.
import { button, made } from "./elements.js";

let count = 0;

/** Add a row of one's own to a list, and return it. */
export function addRow(panel, words, kind, name = "", value = "") {
  const list = panel.querySelector(`[data-rows="${kind}"]`);
  const id = `try-own-${(count += 1)}`;
  const row = made("li", { class: "try-row own", "data-row": "", "data-own": "", "data-place": kind });
  const nameField = made("input", { type: "text", id, "data-own-name": "", "aria-label": words("name"), placeholder: words("name"), autocomplete: "off", spellcheck: "false" });
  const valueField = made("input", { type: "text", "data-value": "", "aria-label": words("value"), placeholder: words("value"), autocomplete: "off", spellcheck: "false" });
  nameField.value = name;
  valueField.value = value;
  const remove = button("×", () => {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    (next?.querySelector("input") ?? panel.querySelector(`[data-add="${kind}"]`)).focus();
    panel.dispatchEvent(new Event("input"));
  });
  const label = () => remove.setAttribute("aria-label", words("remove", { name: nameField.value || words("name") }));
  nameField.addEventListener("input", label);
  label();
  row.append(nameField, valueField, remove);
  list.append(row);
  return row;
}

/** What rows say: `{ name, value, place, required, field, nameField }` of all that are sent. */
export function rowsSent(panel, kind) {
  return [...panel.querySelectorAll(`[data-rows="${kind}"] > [data-row]`)]
    .filter((row) => ("own" in row.dataset ? row.querySelector("[data-own-name]").value : row.querySelector("[data-send]").checked))
    .map((row) => ({
      name: "own" in row.dataset ? row.querySelector("[data-own-name]").value.trim() : row.dataset.name,
      value: row.querySelector("[data-value]").value,
      place: row.dataset.place,
      required: row.dataset.required === "true",
      field: row.querySelector("[data-value]"),
      nameField: row.querySelector("[data-own-name]") ?? row.querySelector("[data-value]"),
    }));
}

/** All that rows hold, to put back later. */
export function rowsKept(panel) {
  return [...panel.querySelectorAll("[data-row]")].map((row) => ({
    own: "own" in row.dataset,
    place: row.dataset.place,
    name: row.dataset.name ?? row.querySelector("[data-own-name]").value,
    send: row.querySelector("[data-send]")?.checked,
    value: row.querySelector("[data-value]").value,
  }));
}

/** Put back what `rowsKept` said. */
export function rowsRestore(panel, words, kept) {
  for (const row of panel.querySelectorAll("[data-own]")) row.remove();
  for (const item of kept) {
    if (item.own) {
      addRow(panel, words, item.place, item.name, item.value);
      continue;
    }
    const row = panel.querySelector(`[data-row][data-place="${item.place}"][data-name="${CSS.escape(item.name)}"]`);
    if (!row) continue;
    row.querySelector("[data-send]").checked = item.send;
    row.querySelector("[data-value]").value = item.value;
  }
}

/** Typing a value means that it is to be sent. */
export function watchRows(panel) {
  panel.addEventListener("input", (event) => {
    const row = event.target.closest?.("[data-row]");
    const send = row?.querySelector("[data-send]");
    if (send && !send.disabled && event.target.matches("[data-value]")) send.checked = true;
  });
}
