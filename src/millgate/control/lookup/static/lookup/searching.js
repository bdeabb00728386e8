// Finding workcenters by code or name. `%` stands for any characters and every other character for itself, as the API has
// it; a plain word finds what is called exactly so first, then what has it inside.

const PATH = "/Workcenter/v1/Workcenters";
const MOST = 1000;

/** The pattern to ask for, and the word that is to come first; null where nothing was typed. */
export function patternOf(text) {
  const typed = text.trim();
  if (!typed) return null;
  return typed.includes("%") ? { pattern: typed, word: "" } : { pattern: `%${typed}%`, word: typed };
}

/** Workcenters as the API tells them, and whether there are more than these: `{ found, more }`. */
export async function search(api, text, signal) {
  const { pattern, word } = patternOf(text);
  const queries = /^%+$/.test(pattern) ? [{}] : [{ WorkcenterCode: pattern }, { Name: pattern }];
  const pages = await Promise.all(queries.map((query) => api.walk(PATH, query, { most: MOST, signal })));
  const more = pages.some(({ rows, total }) => total > rows.length);
  // What is called exactly so may stand behind the last row that was asked for.
  if (more && word) pages.push(...(await Promise.all(["WorkcenterCode", "Name"].map((name) => api.walk(PATH, { [name]: word }, { most: MOST, signal })))));
  return { found: ordered(pages.flatMap(({ rows }) => rows), word), more };
}

/** Each once, what is called exactly so first, then by code. */
export function ordered(rows, word) {
  const each = new Map(rows.map((row) => [row.workcenterKey, row]));
  const exact = ({ workcenterCode, name }) => Boolean(word) && [workcenterCode, name].some((text) => lower(text) === lower(word));
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  return [...each.values()].sort((one, other) => exact(other) - exact(one) || compare(one.workcenterCode, other.workcenterCode));
}

function lower(text) {
  return (text ?? "").toLowerCase();
}
