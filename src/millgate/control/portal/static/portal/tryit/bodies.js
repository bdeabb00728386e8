// What came back: JSON indented and coloured, text as it is, anything else to download.
import { made } from "./elements.js";

const MOST_SHOWN = 200_000;
const MOST_COLOURED = 100_000;
const TEXT = /^text\/|[/+](json|xml|javascript|yaml|x-ndjson|csv|x-www-form-urlencoded)\b/i;
const PART = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d[\d.eE+-]*)/g;

/** The body's elements for the page. */
export function bodyShown(words, { bytes, header, requestUrl }) {
  if (!bytes.length) return [made("p", { class: "meta" }, words("empty"))];
  const type = header("content-type");
  if (!TEXT.test(type) && type) return [made("p", {}, words("binary", { type: type.split(";")[0] })), download(words, bytes, type, header, requestUrl)];
  const text = pretty(new TextDecoder().decode(bytes), type);
  const code = made("code", {}, coloured(text.slice(0, MOST_SHOWN), type));
  const shown = [made("pre", { tabindex: "0", "aria-label": words("body") }, code)];
  if (text.length > MOST_SHOWN) shown.push(made("p", { class: "meta" }, words("long", { shown: MOST_SHOWN.toLocaleString() })));
  shown.push(download(words, bytes, type, header, requestUrl));
  return shown;
}

function pretty(text, type) {
  if (!/json/i.test(type) || /ndjson/i.test(type)) return text;
  try {
    // Numbers beyond what a script can hold would be shown rounded: such a body stays as it came.
    if (/[\d]{16,}/.test(text)) return text;
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** The text with the classes that samples have. */
function coloured(text, type) {
  const fragment = document.createDocumentFragment();
  if (!/json/i.test(type) || text.length > MOST_COLOURED) {
    fragment.append(text);
    return fragment;
  }
  let at = 0;
  for (const found of text.matchAll(PART)) {
    const [all, string, colon, word] = found;
    fragment.append(text.slice(at, found.index));
    if (string) fragment.append(made("span", { class: colon ? "nt" : "s2" }, string), colon ?? "");
    else fragment.append(made("span", { class: word ? "kc" : "mi" }, all));
    at = found.index + all.length;
  }
  fragment.append(text.slice(at));
  return fragment;
}

function download(words, bytes, type, header, requestUrl) {
  const link = made("a", { class: "try-small", href: "", download: fileName(type, header("content-disposition"), requestUrl) }, words("download"));
  // Made when it is wanted, so that a history of large bodies keeps each once.
  link.addEventListener("click", () => {
    const address = URL.createObjectURL(new Blob([bytes], { type }));
    link.href = address;
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  });
  return made("p", {}, link);
}

function fileName(type, disposition, requestUrl) {
  const given = /filename="?([^";]+)"?/i.exec(disposition)?.[1];
  if (given) return given;
  const endings = { json: "json", csv: "csv", ndjson: "ndjson", spreadsheetml: "xlsx", xml: "xml", "text/": "txt" };
  const ending = Object.entries(endings).find(([word]) => type.includes(word))?.[1] ?? "bin";
  return `${new URL(requestUrl).pathname.split("/").filter(Boolean).at(-1) ?? "answer"}.${ending}`;
}
