// Adds the reader's own time to every time that is told in UTC, where the two differ.
const form = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

if (new Date().getTimezoneOffset() !== 0) {
  for (const time of document.querySelectorAll("time[data-local]")) {
    const here = document.createElement("span");
    here.className = "quiet here";
    here.textContent = form.format(new Date(time.dateTime));
    time.append(here);
  }
}
