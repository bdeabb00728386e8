// One call on this origin, without cookies: whatever keeps it from being answered becomes a failure.
import { whyUnanswered } from "../site/reaching.js";
import { Failure } from "./failures.js";

const MOST_SECONDS = 60;

/** The answer: `{ status, ok, header(name), told, blob() }`; `told` is its body, where that is JSON. */
export async function asked(address, { signal, ...options }, clock) {
  const late = AbortSignal.timeout(MOST_SECONDS * 1000);
  try {
    const answer = await fetch(address, {
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      referrerPolicy: "same-origin",
      ...options,
      signal: AbortSignal.any([late, ...(signal ? [signal] : [])]),
    });
    clock.heard(answer.headers.get("date"));
    const isJson = /[/+]json\b/.test(answer.headers.get("content-type") ?? "");
    const bytes = await answer.arrayBuffer();
    const text = () => new TextDecoder().decode(bytes);
    return {
      status: answer.status,
      ok: answer.ok,
      header: (name) => answer.headers.get(name) ?? "",
      told: isJson ? read(text()) : null,
      text,
      blob: () => new Blob([bytes], { type: answer.headers.get("content-type") }),
    };
  } catch {
    throw new Failure(await whyUnanswered(signal, late), { act: "again" });
  }
}

/** What our own addresses ask of this page: a header that no other site can make a browser send, and the page's language. */
export function ownHeaders({ header, language }) {
  return { [header]: "1", "Accept-Language": language };
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
