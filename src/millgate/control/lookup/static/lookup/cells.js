// Cells of a sheet as the preview shows them. Points in time are days since the eve of 1900 by the plant's clock, as
// spreadsheets count them.

const EPOCH = Date.UTC(1899, 11, 30);
const DAY = 86_400_000;

/** One cell in words, by the kind of its column. */
export function shown(cell, kind) {
  if (cell === null || cell === "") return "";
  if (typeof cell !== "number") return String(cell);
  if (kind === "datetime") return moment(cell).replace("T", " ");
  if (kind === "date") return moment(cell).slice(0, 10);
  if (kind === "duration") return span(cell);
  if (kind === "percent") return cell.toLocaleString([], { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return cell.toLocaleString([], { maximumFractionDigits: kind === "integer" ? 0 : 3 });
}

/** Whether a kind of column is read from the right. */
export function isNumber(kind) {
  return ["integer", "quantity", "percent", "duration"].includes(kind);
}

function moment(serial) {
  return new Date(EPOCH + Math.round((serial * DAY) / 1000) * 1000).toISOString().slice(0, 16);
}

/** Hours, minutes and seconds of a part of a day. */
function span(days) {
  const seconds = Math.round(days * 86_400);
  const two = (number) => String(number).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
