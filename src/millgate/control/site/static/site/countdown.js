// Spans of time in words, and clocks that count down. What is counted from is the server's clock, which a
// sandbox may have jumped; how fast it goes is this browser's.

/** `46 s`, `2:28:27`, `7 d 0:00:00`. */
export function span(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 120) return `${whole} s`;
  const days = Math.floor(whole / 86400);
  const two = (number) => String(number).padStart(2, "0");
  const clock = `${Math.floor(whole / 3600) % 24}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return days ? `${days} d ${clock}` : clock;
}

/** The server's time in seconds: as the page said it, then as the `Date` of each answer says it. */
export class ServerClock {
  constructor(epoch) {
    this.set(epoch);
  }

  set(epoch) {
    this.epoch = epoch;
    this.at = performance.now();
  }

  /** Take the time from an answer's header, when it has one. */
  heard(date) {
    const epoch = Date.parse(date ?? "") / 1000;
    // It is told in whole seconds.
    if (Math.abs(epoch - this.now()) > 2) this.set(epoch);
  }

  now() {
    return this.epoch + (performance.now() - this.at) / 1000;
  }
}

/** Call `tick` with the seconds that are left, now and every second, the last time with 0; returns how to end it. */
export function countDown(seconds, tick) {
  const end = performance.now() + seconds * 1000;
  const left = () => Math.max(0, Math.ceil((end - performance.now()) / 1000));
  const timer = setInterval(() => {
    tick(left());
    if (!left()) clearInterval(timer);
  }, 250);
  tick(left());
  return () => clearInterval(timer);
}
