/** What JSON.parse loses without a word. */
export interface JsonFindings {
  /** Paths of keys that stand twice in one object, such as `spec.containers[0].name`. */
  readonly duplicates: readonly string[];
  /** Path of the first key named `__proto__`. */
  readonly prototypeKey?: string;
  /** The first number that a double cannot hold as it is written. */
  readonly inexact?: { readonly path: string; readonly written: string };
  /** Lists and objects lie deeper in each other than `MAX_DEPTH`: nothing below that was looked at. */
  readonly tooDeep: boolean;
}

/** What is nested deeper overflows the stack of one function or another that walks through it. */
export const MAX_DEPTH = 500;

/** Looks through valid JSON text for keys that a parser would drop silently. Call it after JSON.parse has accepted the text. */
export function scanJson(text: string): JsonFindings {
  const scanner = new JsonScanner(text);
  try {
    scanner.value('', 0);
  } catch (cause) {
    if (!(cause instanceof TooDeep)) throw cause;
    return { duplicates: [], tooDeep: true };
  }
  const { duplicates, prototypeKey, inexact } = scanner;
  return { duplicates, prototypeKey, inexact, tooDeep: false };
}

class TooDeep extends Error {}

/**
 * Whether a number comes out of a double as it was written: a whole number to the last digit, any other one at all. A double
 * that is exactly 2^63 is not enough: JavaScript writes it down as 9223372036854776000.
 */
export function isExact(written: string, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  if (Number.isSafeInteger(value) || !/^[-+]?(\d+|0x[\da-f]+|0o[0-7]+)$/i.test(written)) return true;
  return BigInt(written) === wholeNumber(String(value));
}

/** Reads `-9007199254740994` and `1.2e+22`. */
function wholeNumber(text: string): bigint {
  const [digits = '', exponent = '0'] = text.split('e');
  const [whole = '', fraction = ''] = digits.split('.');
  return BigInt(whole + fraction) * 10n ** BigInt(Number(exponent) - fraction.length);
}

const quote = 34;
const backslash = 92;

class JsonScanner {
  readonly duplicates: string[] = [];
  prototypeKey: string | undefined;
  inexact: JsonFindings['inexact'];
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(path: string, depth: number): void {
    if (depth > MAX_DEPTH) throw new TooDeep();
    this.#skipSpace();
    const code = this.#text.charCodeAt(this.#at);
    if (code === quote) this.#string();
    else if (code === 123) this.#object(path, depth);
    else if (code === 91) this.#array(path, depth);
    else this.#scalar(path);
  }

  #object(path: string, depth: number): void {
    const keys = new Set<string>();
    this.#at++;
    this.#skipSpace();
    while (this.#text.charCodeAt(this.#at) !== 125) {
      const key = this.#string();
      const below = path === '' ? key : `${path}.${key}`;
      if (keys.has(key)) this.duplicates.push(below);
      if (key === '__proto__') this.prototypeKey ??= below;
      keys.add(key);
      this.#skipSpace();
      this.#at++;
      this.value(below, depth + 1);
      this.#skipSpace();
      if (this.#text.charCodeAt(this.#at) === 44) this.#at++;
      this.#skipSpace();
    }
    this.#at++;
  }

  #array(path: string, depth: number): void {
    let index = 0;
    this.#at++;
    this.#skipSpace();
    while (this.#text.charCodeAt(this.#at) !== 93) {
      this.value(`${path}[${index++}]`, depth + 1);
      this.#skipSpace();
      if (this.#text.charCodeAt(this.#at) === 44) this.#at++;
      this.#skipSpace();
    }
    this.#at++;
  }

  #string(): string {
    const start = this.#at;
    // indexOf and not character by character: a long value costs ten times as much otherwise
    let end = this.#text.indexOf('"', start + 1);
    while (this.#isEscaped(end)) end = this.#text.indexOf('"', end + 1);
    this.#at = end + 1;
    const raw = this.#text.slice(start, this.#at);
    return raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1);
  }

  #isEscaped(at: number): boolean {
    let before = at;
    while (this.#text.charCodeAt(before - 1) === backslash) before--;
    return (at - before) % 2 === 1;
  }

  #scalar(path: string): void {
    const start = this.#at;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 44 || code === 125 || code === 93 || Number.isNaN(code) || code <= 32) break;
      this.#at++;
    }
    const isWord = this.#text.charCodeAt(start) > 57;
    // only a number with this many characters, or with an exponent, can be one that a double does not hold
    if (isWord || this.inexact !== undefined || (this.#at - start < 16 && !this.#hasExponent(start))) return;
    const written = this.#text.slice(start, this.#at);
    if (!isExact(written, Number(written))) this.inexact = { path, written };
  }

  #hasExponent(start: number): boolean {
    for (let at = start; at < this.#at; at++) if ((this.#text.charCodeAt(at) | 32) === 101) return true;
    return false;
  }

  #skipSpace(): void {
    while (this.#text.charCodeAt(this.#at) <= 32) this.#at++;
  }
}
