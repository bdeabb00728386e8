// Workcenter Lookup's own module writes a sheet, as the server made it, into the stand-in for a workbook; what came of it is
// printed. It reads `{ module, sheets: [sheet, …], wrote: [[sheet, row, column, value], …] }` from its input: each sheet is
// inserted once more, and before the last one what somebody wrote is put there.

import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { Workbook } from "./workbook.mjs";

const { module, sheets, wrote = [] } = JSON.parse(await text(process.stdin));
const { insert, standing } = await import(pathToFileURL(module));
const book = new Workbook();
const told = [];
for (const [at, sheet] of sheets.entries()) {
  if (at && at === sheets.length - 1) for (const cell of wrote) book.write(...cell);
  const progress = [];
  const there = await standing(book.excel, sheet);
  const name = await insert(book.excel, sheet, (done) => progress.push(done));
  told.push({ there, name, progress });
}
console.log(JSON.stringify({ told, book: book.told() }));
