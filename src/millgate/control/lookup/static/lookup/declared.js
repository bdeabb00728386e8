// What the server declares to be read, with the workcenter and the time frame put in.

/** Path and query of a read for a workcenter as the API tells it, and for a time frame where there is one. */
export function filled({ path, query }, row, frame = null) {
  const values = { WorkcenterKey: row.workcenterKey, WorkcenterCode: row.workcenterCode };
  const put = (text, coded) => text.replace(/\{(\w+)\}/g, (_, name) => coded(values[name]));
  const given = Object.entries(query).map(([name, text]) => [name, put(text, String)]);
  const ends = frame ? { StartDate: frame.start, EndDate: frame.end } : {};
  return { path: put(path, encodeURIComponent), query: { ...Object.fromEntries(given), ...ends } };
}
