// The managed API: called with the reader's own token and key, so that their limits, roles and tiers decide.
import { asked } from "./asking.js";
import { Failure, failureOf, isNothing } from "./failures.js";

const MOST_WAIT = 60;
const MOST_WAITS = 5;

export class Api {
  constructor(settings, session, clock) {
    Object.assign(this, { settings, session, clock });
  }

  /** One page of a list: `{ rows, total, next }`. Nothing is a page without rows. */
  async page(path, query, signal) {
    const answer = await this.#answer(path, query, signal);
    if (isNothing(answer)) return { rows: [], total: 0, next: null };
    if (!answer.ok) throw failureOf(answer);
    if (!Array.isArray(answer.told?.embedded)) throw new Failure("unexpected", { act: "again" });
    const { embedded, total, links = [] } = answer.told;
    return { rows: embedded, total, next: queryOf(links.find(({ rel }) => rel === "next")) };
  }

  /**
   * Page after page, up to `most` rows: `{ rows, total }`. `progress` is told how many have come, and of a wait for the
   * limit of calls: a short one is sat out where somebody is told of it.
   */
  async walk(path, query, { most, signal, progress = null }) {
    const rows = [];
    let next = new URLSearchParams({ ...query, limit: Math.min(this.settings.page_rows, most) });
    let total = 0;
    while (next && rows.length < most) {
      const call = () => this.page(path, next, signal);
      const page = await (progress ? patient(call, { signal, progress }) : call());
      rows.push(...page.rows);
      total = page.total;
      next = page.rows.length ? page.next : null;
      progress?.({ done: Math.min(rows.length, most), total });
    }
    rows.length = Math.min(rows.length, most);
    return { rows, total };
  }

  /** With a fresh token, once, when the one that was had is refused. */
  async #answer(path, query, signal) {
    const address = `${this.session.base}${path}?${new URLSearchParams(query)}`;
    const call = () => asked(address, { headers: { Accept: "application/json", ...this.session.headers() }, signal }, this.clock);
    const answer = await call();
    if (answer.status !== 401 || failureOf(answer).kind !== "expired") return answer;
    await this.session.renew();
    return call();
  }
}

/** Of a link, which names the backend's path: what counts here is its query. */
function queryOf(link) {
  return link ? new URL(link.href, location.origin).searchParams : null;
}

async function patient(call, { signal, progress }) {
  for (let waits = 0; ; waits += 1) {
    try {
      return await call();
    } catch (failure) {
      if (failure.kind !== "rate" || failure.wait > MOST_WAIT || waits === MOST_WAITS) throw failure;
      await seconds(failure.wait, signal, (left) => progress({ wait: left }));
    }
  }
}

function seconds(count, signal, tick) {
  return new Promise((done, cancelled) => {
    const end = performance.now() + count * 1000;
    const timer = setInterval(() => {
      const left = Math.ceil((end - performance.now()) / 1000);
      if (signal?.aborted) cancelled(new Failure("cancelled"));
      else if (left <= 0) done();
      else return tick(left);
      return clearInterval(timer);
    }, 250);
    tick(count);
  });
}
