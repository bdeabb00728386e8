// Reading something again and again while the page is looked at, and no longer.

export class Watch {
  #timer = 0;
  #read = null;

  /** `every` are seconds from one reading to the next. */
  constructor(every) {
    this.every = every;
    document.addEventListener("visibilitychange", () => this.#look());
  }

  /** Read now, and again while the page is visible. `read` says how long to wait before the next, or 0 to end. */
  begin(read) {
    this.end();
    this.#read = read;
    return this.#turn(read);
  }

  end() {
    clearTimeout(this.#timer);
    this.#read = null;
  }

  async #turn(read) {
    clearTimeout(this.#timer);
    const wait = (await read()) ?? this.every;
    if (this.#read !== read) return;
    clearTimeout(this.#timer);
    if (!wait) this.end();
    else if (!document.hidden) this.#timer = setTimeout(() => this.#turn(read), wait * 1000);
  }

  #look() {
    if (document.hidden) clearTimeout(this.#timer);
    else if (this.#read) this.#turn(this.#read);
  }
}
