// Keys are shown where they stand and taken away again. A key is asked for when it is wanted, and is in
// nothing that lasts. Without this a key is shown on a page of its own.

const DOTS = "•".repeat(16);

/** One key from the server. It is the answer to a POST and is never stored. */
async function fetchKey(form) {
  const answer = await fetch(form.action, {
    method: "POST",
    body: new FormData(form),
    headers: { Accept: "application/json" },
    cache: "no-store",
  });
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok || !found.key) throw new Error(found.why ?? "");
  return found.key;
}

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
  if (!done) throw new Error("");
}

function dress(form, words) {
  const row = form.closest("li");
  const value = row.querySelector(".key-value");
  const name = row.querySelector(".key-name").textContent;
  const show = form.querySelector("button");
  const copy = show.cloneNode();
  const label = (button, word) => {
    button.textContent = word;
    button.setAttribute("aria-label", `${word} ${name}`);
  };
  copy.type = "button";
  label(show, words.wordShow);
  label(copy, words.wordCopy);
  show.after(copy);

  const isShown = () => value.textContent !== DOTS;
  const hide = () => {
    value.textContent = DOTS;
    label(show, words.wordShow);
  };
  const guarded = async (act) => {
    row.querySelector(".trouble")?.remove();
    try {
      await act();
    } catch (failed) {
      const said = document.createElement("p");
      said.className = "trouble";
      said.setAttribute("role", "alert");
      said.textContent = failed.message || words.wordFailed;
      row.append(said);
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (isShown()) return hide();
    return guarded(async () => {
      value.textContent = await fetchKey(form);
      label(show, words.wordHide);
    });
  });
  copy.addEventListener("click", () =>
    guarded(async () => {
      await write(isShown() ? value.textContent : await fetchKey(form));
      label(copy, words.wordCopied);
      setTimeout(() => label(copy, words.wordCopy), 1500);
    }));
  // A page that the browser keeps for going back must not hold a key.
  addEventListener("pagehide", hide);
}

for (const form of document.querySelectorAll("form[data-key]")) {
  dress(form, form.closest(".keys").dataset);
}
