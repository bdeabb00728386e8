// Comforts of the reference: copying, a sample in another language without a new page, and links that open
// what they lead to. Everything works without them.

/** Put a text on the clipboard, also where plain HTTP leaves pages only the old way. */
async function write(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("nothing was copied");
}

/** Copy and say so on the button. */
async function copy(text, button) {
  try {
    await write(text);
    button.dataset.state = "done";
  } catch {
    button.dataset.state = "failed";
  }
  setTimeout(() => delete button.dataset.state, 1500);
}

function copyButton(text, label) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.setAttribute("aria-label", label);
  button.title = label;
  button.addEventListener("click", (event) => {
    event.preventDefault();
    copy(text(), button);
  });
  return button;
}

const words = document.querySelector("[data-word-copy]").dataset;

function dress(root) {
  for (const figure of root.querySelectorAll("figure[data-copy]")) {
    figure.querySelector("figcaption").append(
      copyButton(() => figure.querySelector("code").textContent, words.wordCopy));
  }
  for (const code of root.querySelectorAll("code.copied")) {
    code.after(copyButton(() => code.textContent, words.wordCopy));
  }
  for (const anchor of root.querySelectorAll("a.anchored")) {
    anchor.after(copyButton(() => anchor.href, words.wordLink));
    anchor.nextSibling.classList.add("link");
  }
}

/** Open what the address points into. */
function reveal() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let at = target; at; at = at.parentElement) {
    if (at instanceof HTMLDetailsElement) at.open = true;
  }
  if (target) target.scrollIntoView({ behavior: "instant" });
}

/** Another language: the server remembers it and writes the sample; only the figure is replaced. */
async function changeLanguage(event) {
  const link = event.target.closest(".languages a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const figure = link.closest("figure");
  try {
    const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const sample = document.importNode(page.getElementById("sample"), true);
    dress({ querySelectorAll: (selector) => (selector.startsWith("figure") ? [sample] : sample.querySelectorAll(selector)) });
    figure.replaceWith(sample);
    sample.querySelector(`[data-language="${CSS.escape(link.dataset.language)}"]`)?.focus({ preventScroll: true });
    sample.dispatchEvent(new CustomEvent("millgate:sample", { bubbles: true }));
  } catch {
    location.assign(link.href);
  }
}

dress(document);
reveal();
addEventListener("hashchange", reveal);
document.addEventListener("click", changeLanguage);

addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll(".reference details")) details.open = true;
});

const beside = document.querySelector(".beside");
const here = beside?.querySelector("[aria-current]");
if (here) beside.scrollTop = here.offsetTop - beside.clientHeight / 2;
