import { appendFileSync } from 'node:fs';

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

  note(what: string, seen: string): void {
    const second = Math.round(this.seconds);
    appendFileSync(this.path, `${JSON.stringify({ at: new Date().toISOString(), second, what, seen })}\n`);
    console.log(`${String(second).padStart(6)} s  ${what}: ${seen}`);
  }
}
