// Elements and words: made from text alone, so that nothing that was sent or came back is ever read as HTML.

/** An element with attributes and children; texts stay texts. */
export function made(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same of a drawing. */
export function drawn(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** The page's words in the reader's language: `words("wait", { span: "0:46" })`. */
export function wordsOf(root) {
  const found = {};
  for (const element of root.querySelector("template[data-words]").content.querySelectorAll("[data-word]")) {
    found[element.dataset.word] = element.textContent;
  }
  return (name, values = {}) => found[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

/** Put a text on the clipboard; whether that was possible. */
export async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedBySelection(text);
  }
}

/** As plain HTTP leaves pages to do it; a dialog lets nothing outside itself be selected. */
function copiedBySelection(text) {
  const field = made("textarea", { "aria-hidden": "true" });
  field.value = text;
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  const focused = document.activeElement;
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return done;
}
