/** The last things that happened, for whoever has to understand a failure. */
export class History {
  readonly #lines: string[] = [];
  readonly #limit: number;
  readonly #print: ((line: string) => void) | undefined;

  constructor(limit: number, print?: (line: string) => void) {
    this.#limit = limit;
    this.#print = print;
  }

  note(line: string): void {
    this.#print?.(line);
    this.#lines.push(line);
    if (this.#lines.length > 2 * this.#limit) this.#lines.splice(0, this.#limit);
  }

  get last(): readonly string[] {
    return this.#lines.slice(-this.#limit);
  }
}
