// The elements of all pages, and the panel's small buttons.
import { copied, made, wordsOf } from "../../site/elements.js";

export { copied, made, wordsOf };

export function button(label, act, attributes = {}) {
  const element = made("button", { type: "button", class: "try-small", ...attributes }, label);
  element.addEventListener("click", act);
  return element;
}
