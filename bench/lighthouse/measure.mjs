// Lighthouse looks at pages, one after another, in one browser. It is told on standard input
// {chromium, rounds, throttling, pages: [{name, address, cookie}]}, and prints a JSON line for each look.

import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";
import { text } from "node:stream/consumers";

const { chromium, rounds, throttling, pages } = JSON.parse(await text(process.stdin));
const chrome = await launch({
  chromePath: chromium,
  chromeFlags: [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});

async function look({ name, address, cookie }) {
  const { lhr } = await lighthouse(address, {
    port: chrome.port,
    logLevel: "silent",
    onlyCategories: ["performance", "accessibility", "best-practices"],
    throttlingMethod: throttling,
    extraHeaders: cookie ? { Cookie: cookie } : {},
  });
  const scores = Object.fromEntries(
    Object.entries(lhr.categories).map(([key, category]) => [key, Math.round(100 * (category.score ?? 0))]),
  );
  const lost = Object.values(lhr.categories)
    .flatMap((category) => category.auditRefs.filter((ref) => ref.weight > 0))
    .map((ref) => lhr.audits[ref.id])
    .filter((audit) => audit.score !== null && audit.score < 0.9)
    .map((audit) => `${audit.title}${audit.displayValue ? `: ${audit.displayValue}` : ""}`);
  const paint = lhr.audits["largest-contentful-paint"].numericValue ?? 0;
  const fault = lhr.runtimeError?.message ?? "";
  return { name, address: lhr.finalDisplayedUrl, scores, paint, lost, fault };
}

// On a busy machine the browser's trace may miss how a page began.
async function lookUntilSeen(page) {
  let seen;
  for (let attempt = 0; attempt < 3 && (!seen || seen.fault); attempt += 1) seen = await look(page);
  console.log(JSON.stringify(seen));
}

for (const page of pages) {
  for (let round = 0; round < rounds; round += 1) await lookUntilSeen(page);
}
await chrome.kill();
