// A call that was made, shown whole: status, time, size, headers, body, and the request as it was sent.
import { bodyShown } from "./bodies.js";
import { button, copied, made } from "./elements.js";

const HIDDEN = "••••••••";

/** The id by which the server knows a call. */
export function requestId(answer) {
  return answer.header("x-request-id") || answer.header("x-ms-request-id");
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

export function tone(status) {
  if (status < 400) return "good";
  return status < 500 ? "warn" : "bad";
}

/** The line that is read out when an answer has come. */
export function statusWords(words, answer) {
  const status = `${answer.status} ${answer.phrase}`.trim();
  return words("answered", { status, ms: answer.ms, size: size(answer.bytes.length) });
}

/** Everything about a call, as elements; `why` is where the reason is put. */
export function callShown(words, say, { request, answer }) {
  const why = made("div", { "data-why": "" });
  const id = requestId(answer);
  const facts = made("dl", { class: "try-facts" }, fact(words("time"), `${answer.ms} ms`), fact(words("size"), size(answer.bytes.length)));
  if (id) {
    const copy = button(words("copy"), async () => say(words((await copied(id)) ? "copied" : "not-copied")), { "aria-label": `${words("copy")}: ${words("request-id")}` });
    facts.append(fact(words("request-id"), made("code", { "data-request-id": "" }, id), " ", copy));
  }
  const body = part(words("body"), true, ...bodyShown(words, { ...answer, requestUrl: request.url }));
  const headers = part(`${words("headers")} (${answer.headers.length})`, false, table(answer.headers));
  const status = made("p", { class: "try-answered" }, made("span", { class: `status-code ${tone(answer.status)}`, "data-status-code": "" }, `${answer.status} ${answer.phrase}`.trim()));
  const cut = answer.cut ? [made("p", { class: "caution" }, words("cut"))] : [];
  return { why, elements: [status, facts, ...cut, why, body, headers, sentShown(words, request)] };
}

/** The request as it was sent; secrets are shown when that is asked for. */
export function sentShown(words, request) {
  const code = made("code", {});
  const write = (open) => {
    const lines = request.headers.map(({ name, value, prefix = "", secret }) => `${name}: ${prefix}${secret && !open ? HIDDEN : value}`);
    const body = open ? request.body : (request.bodyShown ?? request.body);
    code.textContent = [`${request.method} ${request.url}`, ...lines, ...(body ? ["", body] : [])].join("\n");
  };
  write(false);
  const secret = request.bodyShown || request.headers.some((item) => item.secret);
  const toggle = button(words("reveal"), () => {
    const open = toggle.ariaPressed !== "true";
    toggle.ariaPressed = String(open);
    toggle.textContent = words(open ? "hide" : "reveal");
    write(open);
  }, { "aria-pressed": "false" });
  return part(words("sent"), false, made("pre", { tabindex: "0", "aria-label": words("sent") }, code), ...(secret ? [made("p", {}, toggle)] : []));
}

function fact(name, ...value) {
  return made("div", {}, made("dt", {}, name), made("dd", {}, ...value));
}

function part(title, open, ...children) {
  const element = made("details", { class: "try-section" }, made("summary", {}, title), ...children);
  element.open = open;
  return element;
}

function table(headers) {
  return made("dl", { class: "try-headers" }, ...headers.map(([name, value]) => made("div", {}, made("dt", {}, name), made("dd", {}, value))));
}
