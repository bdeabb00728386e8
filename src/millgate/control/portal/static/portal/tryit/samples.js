// One's own key in the code sample beside the panel: shown when that is asked for, or copied without being shown.
import { copied } from "./elements.js";

const KEY = '#sample .placeholder[data-credential="key"]';

/** Wire the buttons that stand with the sample; the key is the one that the panel has chosen. */
export function keyInSample(bar, keys, words) {
  const said = bar.querySelector("[data-sample-said]");
  const show = bar.querySelector("[data-sample-show]");
  const say = (text) => {
    said.textContent = text;
  };
  let shown = "";

  const write = () => {
    for (const place of document.querySelectorAll(KEY)) {
      place.dataset.placeholder ??= place.textContent;
      place.textContent = shown || place.dataset.placeholder;
    }
  };
  const turn = async (on) => {
    say("");
    shown = on ? await keys.value() : "";
    show.ariaPressed = String(Boolean(shown));
    write();
  };
  const copy = async () => {
    const key = await keys.value();
    const sample = document.querySelector("#sample code").cloneNode(true);
    for (const place of sample.querySelectorAll('.placeholder[data-credential="key"]')) place.textContent = key;
    say(words((await copied(sample.textContent)) ? "copied" : "not-copied"));
  };
  show.addEventListener("click", () => turn(!shown).catch((wrong) => say(wrong.message)));
  bar.querySelector("[data-sample-copy]").addEventListener("click", () => copy().catch((wrong) => say(wrong.message)));
  keys.select.addEventListener("change", () => shown && turn(true).catch((wrong) => say(wrong.message)));
  // A sample in another language comes with its placeholders.
  document.addEventListener("millgate:sample", write);
}
