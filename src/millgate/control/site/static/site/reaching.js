// Why a call was not answered.

/** `cancelled`, `timeout`, `offline`, `unreachable` or `dropped`: by the signals that could have ended it, or by asking. */
export async function whyUnanswered(cancelled, late) {
  if (cancelled?.aborted) return "cancelled";
  if (late.aborted) return "timeout";
  if (!navigator.onLine) return "offline";
  try {
    await fetch("/-/live", { credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(3000) });
    return "dropped";
  } catch {
    return "unreachable";
  }
}
