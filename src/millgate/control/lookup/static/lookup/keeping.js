// The subscription key, kept in this browser when its owner asks for that. Excel on the web shares storage among add-ins of
// one origin unless each reads and writes under the partition that Office names. It never goes into the workbook.

const NAME = "millgate.lookup.subscription-key";

export class Kept {
  constructor(partition = "") {
    this.name = `${partition}${NAME}`;
  }

  read() {
    return this.#with((storage) => storage.getItem(this.name)) ?? "";
  }

  /** Whether the browser let it be kept. */
  write(key) {
    return this.#with((storage) => (storage.setItem(this.name, key), true)) ?? false;
  }

  forget() {
    this.#with((storage) => storage.removeItem(this.name));
  }

  // Browsers may refuse storage to a page in a frame.
  #with(act) {
    try {
      return act(localStorage);
    } catch {
      return null;
    }
  }
}
