/** What JSON.parse loses without a word. */
export interface JsonFindings {
  /** Paths of keys that stand twice in one object, such as `spec.containers[0].name`. */
  readonly duplicates: readonly string[];
  /** Path of the first key named `__proto__`. */
  readonly prototypeKey?: string;
}

/** Looks through valid JSON text for keys that a parser would drop silently. Call it after JSON.parse has accepted the text. */
export function scanJson(text: string): JsonFindings {
  const scanner = new JsonScanner(text);
  scanner.value('');
  return { duplicates: scanner.duplicates, prototypeKey: scanner.prototypeKey };
}

const quote = 34;
const backslash = 92;

class JsonScanner {
  readonly duplicates: string[] = [];
  prototypeKey: string | undefined;
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(path: string): void {
    this.#skipSpace();
    const code = this.#text.charCodeAt(this.#at);
    if (code === quote) this.#string();
    else if (code === 123) this.#object(path);
    else if (code === 91) this.#array(path);
    else this.#scalar();
  }

  #object(path: string): void {
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
      this.value(below);
      this.#skipSpace();
      if (this.#text.charCodeAt(this.#at) === 44) this.#at++;
      this.#skipSpace();
    }
    this.#at++;
  }

  #array(path: string): void {
    let index = 0;
    this.#at++;
    this.#skipSpace();
    while (this.#text.charCodeAt(this.#at) !== 93) {
      this.value(`${path}[${index++}]`);
      this.#skipSpace();
      if (this.#text.charCodeAt(this.#at) === 44) this.#at++;
      this.#skipSpace();
    }
    this.#at++;
  }

  #string(): string {
    const start = this.#at++;
    let escaped = false;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at++);
      if (code === backslash) {
        escaped = true;
        this.#at++;
      } else if (code === quote || Number.isNaN(code)) break;
    }
    const raw = this.#text.slice(start, this.#at);
    return escaped ? (JSON.parse(raw) as string) : raw.slice(1, -1);
  }

  #scalar(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 44 || code === 125 || code === 93 || Number.isNaN(code) || code <= 32) return;
      this.#at++;
    }
  }

  #skipSpace(): void {
    while (this.#text.charCodeAt(this.#at) <= 32) this.#at++;
  }
}
