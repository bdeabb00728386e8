// Points in time as the plant's clock shows them, whatever zone this browser is in.

/** A function from an instant (`2026-11-30T08:00:00Z`, or seconds) to a text in this time zone. */
export function momentsOf(zone) {
  const day = new Intl.DateTimeFormat([], { timeZone: zone, dateStyle: "medium", timeStyle: "short" });
  const clock = new Intl.DateTimeFormat([], { timeZone: zone, timeStyle: "medium" });
  return {
    zone,
    day: (instant) => day.format(new Date(instant)),
    clock: (seconds) => clock.format(new Date(seconds * 1000)),
  };
}
