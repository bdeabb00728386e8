// The scale of a chart: from 0 to a round number above all, in units that people count in.

const STEPS = [0.25, 0.5, 1, 2, 2.5];
const MOST_STEPS = 4;

/** `{ top, ticks: [{ value, label }] }` for series of values of one kind. */
export function scaleOf(series, kind, isStacked) {
  const most = largest(series, isStacked) || 1;
  const { size, name } = unitOf(kind, most);
  const step = roundStep(most / size);
  const count = Math.ceil(most / size / step);
  const ticks = Array.from({ length: count + 1 }, (_, at) => ({ value: at * step * size, label: `${(at * step).toLocaleString()}${name}` }));
  return { top: count * step * size, ticks };
}

function largest(series, isStacked) {
  const number = (value) => value ?? 0;
  if (!isStacked) return Math.max(...series.flatMap(({ values }) => values.map(number)));
  return Math.max(...series[0].values.map((_, at) => series.reduce((sum, { values }) => sum + number(values[at]), 0)));
}

/** Durations are parts of a day, and are told in hours, or in minutes where they are short. */
function unitOf(kind, most) {
  if (kind === "percent") return { size: 0.01, name: " %" };
  if (kind !== "duration") return { size: 1, name: "" };
  return most > 1 / 12 ? { size: 1 / 24, name: " h" } : { size: 1 / 1440, name: " min" };
}

function roundStep(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  return power * (STEPS.find((part) => part * power * MOST_STEPS >= most) ?? STEPS.at(-1));
}
