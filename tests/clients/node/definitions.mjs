// swagger-parser reads every definition in a folder; what is wrong with one is printed by the name of its file.

import SwaggerParser from "@apidevtools/swagger-parser";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const place = process.argv[2];
const wrong = {};
const names = readdirSync(place);
for (const name of names) {
  try {
    await SwaggerParser.validate(join(place, name), { resolve: { external: false } });
  } catch (fault) {
    wrong[name] = fault.message;
  }
}
console.log(JSON.stringify({ checked: names.length, wrong }));
