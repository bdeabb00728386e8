// A request as the panel's fields say it, with what is wrong with it.
import { rowsSent } from "./rows.js";

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const FORBIDDEN = new RegExp(
  "^(accept-charset|accept-encoding|access-control-.*|connection|content-length|cookie2?|date|dnt|expect|host" +
    "|keep-alive|origin|referer|set-cookie|te|trailer|transfer-encoding|upgrade|via|proxy-.*|sec-.*)$",
  "i",
);
const VISIBLE = /^[\t\u0020-\u007e\u00a0-\u00ff]*$/;

/** The address with parameters in it; braces stay where a value is missing. */
export function addressOf(panel) {
  const parameters = rowsSent(panel, "query");
  let address = panel.querySelector("[name=tier]:checked").dataset.address;
  const [base, template] = split(address);
  let path = template;
  for (const { name, value, place } of parameters) {
    if (place === "path" && value) path = path.replace(`{${name}}`, encodeURIComponent(value));
  }
  const query = parameters
    .filter(({ place }) => place !== "path")
    .map(({ name, value }) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  address = base + path;
  return query.length ? `${address}?${query.join("&")}` : address;
}

/** Scheme and host apart from the path, so that no value can reach them. */
function split(address) {
  const at = address.indexOf("/", address.indexOf("://") + 3);
  return [address.slice(0, at), address.slice(at)];
}

/** All that is to be sent, without the secrets; `faults` say what has to be mended first. */
export function built(panel, body, words) {
  const headers = [];
  const accept = panel.querySelector("[data-accept]");
  if (accept) headers.push({ name: "Accept", value: accept.value });
  if (body.type) headers.push({ name: "Content-Type", value: body.type });
  const faults = [];
  for (const { name, value, place, required, field } of rowsSent(panel, "query")) {
    if (required && !value) faults.push({ text: words("required", { name }), field });
    else if (place === "path" && /^\.{1,2}$/.test(value)) faults.push({ text: words("dots", { name }), field });
  }
  for (const { name, value, required, field, nameField } of rowsSent(panel, "header")) {
    const wrong = headerFault(name, value, required);
    const named = ["header-name", "header-forbidden"].includes(wrong);
    if (wrong) faults.push({ text: words(wrong, { name }), field: named ? nameField : field });
    else headers.push({ name, value });
  }
  return { method: panel.dataset.method, url: addressOf(panel), headers, body: body.sent, faults };
}

function headerFault(name, value, required) {
  if (!NAME.test(name)) return "header-name";
  if (FORBIDDEN.test(name)) return "header-forbidden";
  if (!VISIBLE.test(value)) return "header-value";
  return required && !value ? "required" : "";
}

/** The same with key and token, whose values are marked as secret. */
export function withSecrets(request, { keyHeader, key, token }) {
  const given = new Set(request.headers.map(({ name }) => name.toLowerCase()));
  const headers = [];
  if (key && !given.has(keyHeader.toLowerCase())) headers.push({ name: keyHeader, value: key, prefix: "", secret: "KEY" });
  if (token && !given.has("authorization")) headers.push({ name: "Authorization", value: token, prefix: "Bearer ", secret: "TOKEN" });
  return { ...request, headers: [...headers, ...request.headers] };
}
