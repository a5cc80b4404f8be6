import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { addToTrace } from './jaeger-json.ts';
import type { JaegerTrace } from './jaeger-trace.ts';

export interface JaegerFolderOptions {
  readonly path: string;
  /** of the run of the process that writes: several may share a folder, and none may write into another's file */
  readonly writer: string;
  /** files that are kept of all writers, default 2,000 */
  readonly keep?: number;
}

/** In @opentelemetry/core, which is no dependency of ours otherwise. */
const SUCCESS = 0;
const FAILED = 1;

/** Writes each trace into a file of its own, `<trace>.<writer>.json`, which Jaeger's screen opens. For looking closely: not for long. */
export class JaegerFolder implements SpanExporter {
  readonly #options: JaegerFolderOptions;

  constructor(options: JaegerFolderOptions) {
    this.#options = options;
    mkdirSync(options.path, { recursive: true, mode: 0o700 });
  }

  export(spans: ReadableSpan[], done: (result: { code: number; error?: Error }) => void): void {
    try {
      const traces = Map.groupBy(spans, (span) => span.spanContext().traceId);
      for (const [traceId, ofTrace] of traces) this.#write(traceId, ofTrace);
      this.#dropOldest();
      done({ code: SUCCESS });
    } catch (error) {
      done({ code: FAILED, error: error as Error });
    }
  }

  async shutdown(): Promise<void> {}

  #write(traceId: string, spans: readonly ReadableSpan[]): void {
    const path = join(this.#options.path, `${traceId}${this.#ending}`);
    const trace = addToTrace(spans, readTrace(path));
    writeFileSync(`${path}.part`, `${JSON.stringify({ data: [trace] })}\n`, { mode: 0o600 });
    renameSync(`${path}.part`, path); // a reader sees it whole
  }

  #dropOldest(): void {
    const { path, keep = 2_000 } = this.#options;
    const all = readdirSync(path).filter((name) => name.endsWith('.json'));
    if (all.length <= keep) return;
    const aged = all.map((name) => ({ name, atMs: changedMs(join(path, name)) })).sort((a, b) => a.atMs - b.atMs);
    for (const { name } of aged.slice(0, all.length - keep)) rmSync(join(path, name), { force: true });
  }

  get #ending(): string {
    return `.${this.#options.writer}.json`;
  }
}

const readTrace = (path: string): JaegerTrace | undefined => {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { data: [JaegerTrace] }).data[0];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** 0 for one that another writer has dropped meanwhile. */
const changedMs = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
