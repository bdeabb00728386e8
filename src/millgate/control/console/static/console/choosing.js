// Offers people who fit what is typed into a line for one of them. Without it, all of it is typed.
const PAUSE = 200;

function offer(list, people) {
  list.replaceChildren(
    ...people.map(({ value, label }) => {
      const option = document.createElement("option");
      option.value = value;
      option.label = label;
      return option;
    }),
  );
}

function attend(input) {
  const list = document.createElement("datalist");
  list.id = `${input.id}_offered`;
  input.after(list);
  input.setAttribute("list", list.id);
  let waiting, asked;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    asked?.abort();
    waiting = setTimeout(async () => {
      asked = new AbortController();
      const address = `${input.dataset.choose}?${new URLSearchParams({ q: input.value })}`;
      try {
        const answer = await fetch(address, { signal: asked.signal });
        if (answer.ok) offer(list, (await answer.json()).people);
      } catch (failed) {
        if (failed.name !== "AbortError") list.replaceChildren();
      }
    }, PAUSE);
  });
}

for (const input of document.querySelectorAll("input[data-choose]")) attend(input);
