// Where a text stops being JSON (RFC 8259). Browsers say so in words of their own, some without a place.

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SPACE = /[ \t\n\r]*/y;

class Stop extends Error {
  constructor(at, what) {
    super(what);
    this.at = at;
  }
}

/** `{ line, column, what, char }` of the first fault, both from 1; null when there is none. */
export function jsonFault(text) {
  try {
    JSON.parse(text);
    return null;
  } catch {
    try {
      new Reader(text).document();
    } catch (stop) {
      if (!(stop instanceof Stop)) return { line: 1, column: 1, what: "json-unexpected", char: text[0] ?? "" };
      const before = text.slice(0, stop.at).split("\n");
      return { line: before.length, column: before.at(-1).length + 1, what: stop.message, char: String.fromCodePoint(text.codePointAt(stop.at) ?? 32) };
    }
    return null;
  }
}

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  document() {
    this.value();
    this.space();
    if (this.at < this.text.length) this.stop();
  }

  value() {
    this.space();
    const next = this.text[this.at];
    if (next === "{") this.members("}", () => this.member());
    else if (next === "[") this.members("]", () => this.value());
    else if (next === '"') this.token(STRING, "json-string");
    else if (/[-\d]/.test(next ?? "")) this.number();
    else if (!["true", "false", "null"].some((word) => this.word(word))) this.stop();
  }

  members(close, one) {
    this.at += 1;
    this.space();
    if (this.text[this.at] === close) {
      this.at += 1;
      return;
    }
    for (;;) {
      one();
      this.space();
      if (this.text[this.at] === close) break;
      this.expect(",");
    }
    this.at += 1;
  }

  member() {
    this.space();
    if (this.text[this.at] !== '"') this.stop();
    this.token(STRING, "json-string");
    this.space();
    this.expect(":");
    this.value();
  }

  number() {
    this.token(NUMBER, "json-number");
    if (/[\w.+-]/.test(this.text[this.at] ?? "")) this.stop("json-number");
  }

  token(pattern, what) {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) this.stop(what);
    this.at = pattern.lastIndex;
  }

  word(word) {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  space() {
    SPACE.lastIndex = this.at;
    SPACE.test(this.text);
    this.at = SPACE.lastIndex;
  }

  expect(char) {
    if (this.text[this.at] !== char) this.stop();
    this.at += 1;
  }

  stop(what = "json-unexpected") {
    throw new Stop(this.at, this.at < this.text.length ? what : "json-end");
  }
}
