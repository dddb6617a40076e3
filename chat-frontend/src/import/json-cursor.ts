const SPACE = /[ \t\n\r]*/y;
const SCALAR = /[^\s,"[\]{}]+/y;
const STRUCTURE = /["[\]{}]/g;

export type JsonCursor = ReturnType<typeof createJsonCursor>;

/**
 * Walks through JSON text, so that a part of it is read and the rest is not, a step at a time. It checks only the structure: what it
 * returns as a slice may still be no JSON. All methods throw SyntaxError where the text is cut off or has another structure.
 */
export function createJsonCursor(text: string) {
  let at = 0;

  function skipSpace(): void {
    SPACE.lastIndex = at;
    SPACE.test(text);
    at = SPACE.lastIndex;
  }

  /** From an opening quotation mark to behind the closing one. */
  function skipString(): void {
    for (let end = text.indexOf('"', at + 1); end !== -1; end = text.indexOf('"', end + 1)) {
      let slashes = 0;
      while (text[end - 1 - slashes] === '\\') slashes += 1;
      if (slashes % 2 === 1) continue;
      at = end + 1;
      return;
    }
    throw new SyntaxError('cut off in a string');
  }

  function skipNested(): void {
    let depth = 0;
    do {
      STRUCTURE.lastIndex = at;
      const found = STRUCTURE.exec(text);
      if (!found) throw new SyntaxError('cut off');
      at = found.index;
      if (found[0] === '"') {
        skipString();
        continue;
      }
      depth += found[0] === '{' || found[0] === '[' ? 1 : -1;
      at += 1;
    } while (depth > 0);
  }

  return {
    /** Where the cursor is, in code units. */
    at: () => at,
    /** Goes into the object or list that comes next, if it is one. */
    enter(open: '{' | '['): boolean {
      skipSpace();
      if (text[at] !== open) return false;
      at += 1;
      return true;
    },
    /** Whether another element comes before the end of the object or list, which is then left. */
    next(close: '}' | ']', isFirst: boolean): boolean {
      skipSpace();
      if (text[at] === close) {
        at += 1;
        return false;
      }
      if (isFirst) return true;
      if (text[at] !== ',') throw new SyntaxError(`no comma at ${at}`);
      at += 1;
      return true;
    },
    /** The key of an element of an object, up to its value. */
    key(): string {
      skipSpace();
      const start = at;
      if (text[at] !== '"') throw new SyntaxError(`no key at ${at}`);
      skipString();
      const name: string = JSON.parse(text.slice(start, at));
      skipSpace();
      if (text[at] !== ':') throw new SyntaxError(`no colon at ${at}`);
      at += 1;
      return name;
    },
    /** Goes behind the next value. @returns where it begins and ends */
    skip(): [number, number] {
      skipSpace();
      const start = at;
      const first = text[at];
      if (first === '"') skipString();
      else if (first === '{' || first === '[') skipNested();
      else {
        SCALAR.lastIndex = at;
        if (!SCALAR.test(text)) throw new SyntaxError(`no value at ${at}`);
        at = SCALAR.lastIndex;
      }
      return [start, at];
    },
  };
}
