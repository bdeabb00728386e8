// One call on the same origin, timed; whatever keeps it from being answered is told apart.
import { whyUnanswered } from "../../site/reaching.js";

export const MOST_SECONDS = 60;

export class Unanswered extends Error {
  /** `why` is `cancelled`, `timeout`, `offline`, `unreachable`, `dropped` or `redirect`. */
  constructor(why) {
    super(why);
    this.why = why;
  }
}

/** Send, without cookies: the gateway knows callers by key and token alone. */
export async function send(request, cancelled) {
  const late = AbortSignal.timeout(MOST_SECONDS * 1000);
  const started = performance.now();
  let answer;
  try {
    answer = await fetch(pathOf(request.url), {
      method: request.method,
      headers: request.headers.map(({ name, prefix = "", value }) => [name, prefix + value]),
      body: request.body && !["GET", "HEAD"].includes(request.method) ? request.body : undefined,
      signal: AbortSignal.any([cancelled, late]),
      credentials: "omit",
      cache: "no-store",
      redirect: "manual",
      referrerPolicy: "no-referrer",
    });
  } catch {
    throw new Unanswered(await whyUnanswered(cancelled, late));
  }
  if (answer.type === "opaqueredirect") throw new Unanswered("redirect");
  const { bytes, cut } = await read(answer);
  if (cut && cancelled.aborted) throw new Unanswered("cancelled");
  return {
    status: answer.status,
    phrase: answer.statusText,
    headers: [...answer.headers],
    header: (name) => answer.headers.get(name) ?? "",
    bytes,
    cut,
    ms: Math.round(performance.now() - started),
  };
}

/** On this origin, whichever host the address names: the page may have been opened at another of its names. */
function pathOf(url) {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

async function read(answer) {
  const parts = [];
  try {
    for (const reader = answer.body?.getReader(); reader; ) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
    }
    return { bytes: new Uint8Array(await new Blob(parts).arrayBuffer()), cut: false };
  } catch {
    return { bytes: new Uint8Array(await new Blob(parts).arrayBuffer()), cut: true };
  }
}
