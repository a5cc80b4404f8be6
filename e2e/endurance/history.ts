import { appendFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What was done and seen, one line of JSON each, written at once: a run that is killed leaves it. */
export class History {
  readonly path: string;
  readonly #startedMs = performance.now();

  constructor(path: string) {
    this.path = path;
  }

  get seconds(): number {
    return (performance.now() - this.#startedMs) / 1_000;
  }

  /** Something long, in a file beside it. */
  keep(name: string, text: string): void {
    writeFileSync(join(dirname(this.path), `${name}.txt`), text);
  }

  note(what: string, seen: string): void {
    const second = Math.round(this.seconds);
    appendFileSync(this.path, `${JSON.stringify({ at: new Date().toISOString(), second, what, seen })}\n`);
    console.log(`${String(second).padStart(6)} s  ${what}: ${seen}`);
  }
}
