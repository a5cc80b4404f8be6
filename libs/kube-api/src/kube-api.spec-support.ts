import { MemoryObjectStore } from '@skerry/adapters/memory/object-store';
import { createKubeApi, type KubeApi } from './kube-api.ts';
import type { KubeApiEnvironment, KubeApiOptions } from './options.ts';
import type { KubeRequest, KubeStream } from './request.ts';

/** Time that moves only when a test says so, and uids that count. */
export class TestEnvironment implements KubeApiEnvironment {
  #nowMs = Date.parse('2026-01-01T00:00:00Z');
  #uids = 0;
  readonly #timers = new Set<{ atMs: number; callback: () => void }>();

  readonly now = (): Date => new Date(this.#nowMs);

  readonly newUid = (): string => `00000000-0000-4000-8000-${String(++this.#uids).padStart(12, '0')}`;

  readonly after = (delayMs: number, callback: () => void): (() => void) => {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  pass(durationMs: number): void {
    this.#nowMs += durationMs;
    for (const timer of [...this.#timers]) {
      if (timer.atMs > this.#nowMs) continue;
      this.#timers.delete(timer);
      timer.callback();
    }
  }
}

/** An answer with its body read. */
export interface ReadAnswer {
  readonly status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
  readonly warnings: readonly string[];
  readonly stream?: KubeStream;
}

export class TestApi {
  readonly store: MemoryObjectStore;
  readonly environment = new TestEnvironment();
  readonly api: KubeApi;

  constructor(options: Partial<KubeApiOptions> = {}) {
    this.store = new MemoryObjectStore();
    this.api = createKubeApi({ store: this.store, environment: this.environment, ...options });
  }

  async send(method: string, path: string, more: Partial<KubeRequest> & { json?: unknown } = {}): Promise<ReadAnswer> {
    const { json, ...request } = more;
    const body = json === undefined ? request.body : JSON.stringify(json);
    const { status, headers, body: text, stream } = await this.api.handle({ method, path, ...request, body });
    const warnings = (headers['warning'] ?? []) as string[];
    return { status, body: text === '' ? undefined : JSON.parse(text), warnings, stream };
  }

  apply(path: string, manager: string, json: unknown): Promise<ReadAnswer> {
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    return this.send('PATCH', path, { query: `fieldManager=${manager}`, headers, json });
  }
}

export const configMaps = '/api/v1/namespaces/default/configmaps';

export function configMap(name: string, data: Record<string, string> = { a: '1' }): Record<string, unknown> {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}
