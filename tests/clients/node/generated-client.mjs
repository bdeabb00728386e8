// openapi-typescript makes types from the definition at its address; tsc checks a program that is written against them
// as strictly as it can, and the program then calls.

import { writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";
import { origin } from "./calling.mjs";

const definition = new URL(`${origin}/portal/apis/production-tracking/openapi.json`);
writeFileSync("production-tracking.d.mts", astToString(await openapiTS(definition)));
const program = ts.createProgram(["typed-calls.mts"], {
  strict: true,
  skipLibCheck: true,
  preserveSymlinks: true,
  types: [],
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
});
const faults = ts.getPreEmitDiagnostics(program);
if (faults.length) {
  const host = { getCurrentDirectory: () => "", getCanonicalFileName: (name) => name, getNewLine: () => "\n" };
  console.error(ts.formatDiagnostics(faults, host));
  process.exit(1);
}
program.emit();
await import("./typed-calls.mjs");
