// What the portal is asked for: by POST with the form's CSRF token, never with anything in an address.

/** The members that the portal answers; an Error with its words where it refuses. */
export async function asked(panel, words, address, members = {}) {
  const body = new URLSearchParams({ ...members, csrfmiddlewaretoken: panel.querySelector("[name=csrfmiddlewaretoken]").value });
  let told;
  try {
    const answer = await fetch(address, { method: "POST", body, mode: "same-origin", cache: "no-store", headers: { Accept: "application/json" } });
    if (answer.redirected) throw new Error("it leads to the page for signing in");
    told = await answer.json();
    if (answer.ok) return told;
  } catch {
    throw new Error(words("failed"));
  }
  throw new Error(told.why ?? words("failed"));
}
