// Why a call was refused: the server is asked by the request's id until it has recorded the refusal.
import { requestId } from "./answer.js";
import { countDown, span } from "../../site/countdown.js";
import { button, made } from "./elements.js";
import { asked } from "./portal.js";

const WAITS = [150, 350, 700, 1200, 2000];
const LONGEST_BODY = 8000;

/** Put the reason of a refusal into `place`, and count down to the next call that is allowed. */
export async function explain(panel, words, answer, place, held) {
  const line = made("p", { class: "meta" }, words("why-asking"));
  place.replaceChildren(line);
  place.setAttribute("aria-busy", "true");
  const members = { request_id: requestId(answer), status: String(answer.status), body: new TextDecoder().decode(answer.bytes.slice(0, LONGEST_BODY)) };
  let found = "";
  try {
    for (const wait of WAITS) {
      await new Promise((done) => setTimeout(done, wait));
      if (!place.isConnected) return;
      const told = await asked(panel, words, panel.dataset.whyAddress, members);
      if (told.found && told.found !== found) put(place, told.html, words, held);
      found = told.found || found;
      if (found === "record") break;
    }
    if (!found) nothing(panel, words, answer, place, held);
  } catch (wrong) {
    place.replaceChildren(made("p", { class: "caution" }, wrong.message));
  }
  place.removeAttribute("aria-busy");
}

/** The server's own page part: its texts are escaped there. */
function put(place, html, words, held) {
  const parsed = new DOMParser().parseFromString(html, "text/html").querySelector(".try-why");
  const reason = document.importNode(parsed, true);
  place.replaceChildren(reason);
  const wait = Number(reason.dataset.wait ?? 0);
  if (!wait) return;
  held(wait);
  const shown = reason.querySelector("[data-countdown]");
  countDown(wait, (left) => {
    if (shown) shown.textContent = left ? `(${span(left)})` : `(${words("may-again")})`;
  });
}

function nothing(panel, words, answer, place, held) {
  const again = button(words("why-again"), () => explain(panel, words, answer, place, held));
  place.replaceChildren(made("p", { class: "caution" }, words("why-unknown"), " ", again));
}
