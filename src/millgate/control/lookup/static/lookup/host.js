// Whether this page stands in Excel. Office's own script changes what a browser offers, and comes from Microsoft: it is
// loaded only where something says that Office is there, and the page works without it.

const MOST_SECONDS = 15;
const NEEDED = "1.7";
const FRAMES = /\.(officeapps\.live\.com|office\.com|microsoft\.com|sharepoint\.com)$/;

/** Whether something says that Office shows this page: what it adds to the address, its own object, or the frame around. */
function hinted(view) {
  if (/[?&#]_host_info=/.test(view.location.search + view.location.hash)) return true;
  if (view.external && "GetContext" in view.external) return true;
  const around = view.location.ancestorOrigins?.[0] ?? view.document.referrer;
  return view.parent !== view && URL.canParse(around) && FRAMES.test(new URL(around).hostname);
}

/**
 * Where this page stands, Office's script being at this address: `{ excel, partition, why }`. Without `excel`, `why` says why
 * not: `browser`, `unreachable`, `other` or `old`.
 */
export async function host(script, view = window) {
  if (!hinted(view)) return without("browser");
  try {
    await load(view, script);
    const { host: name } = await soon(view.Office.onReady());
    if (name !== "Excel") return without(name ? "other" : "browser");
    const { requirements, partitionKey = "" } = view.Office.context;
    if (!requirements.isSetSupported("ExcelApi", NEEDED)) return without("old", partitionKey);
    return { excel: view.Excel, partition: partitionKey, why: "" };
  } catch {
    return without("unreachable");
  }
}

function without(why, partition = "") {
  return { excel: null, partition, why };
}

/** Office's script takes two functions of the browser's history away; they are put back. */
async function load(view, address) {
  const { pushState, replaceState } = view.history;
  const script = view.document.createElement("script");
  const loaded = new Promise((done, failed) => {
    script.addEventListener("load", done);
    script.addEventListener("error", failed);
  });
  script.src = address;
  view.document.head.append(script);
  try {
    await soon(loaded);
  } finally {
    Object.assign(view.history, { pushState, replaceState });
  }
}

function soon(promise) {
  return Promise.race([promise, new Promise((_, late) => setTimeout(late, MOST_SECONDS * 1000))]);
}
