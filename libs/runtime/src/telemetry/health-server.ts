import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.ts';

export interface HealthServerOptions {
  /** whose health it is, in the metrics; default `hub` */
  readonly name?: string;
  /** default 127.0.0.1: reasons and figures are for those who run it */
  readonly host?: string;
  /** 0: a free one */
  readonly port: number;
  /** what is wrong, one line each; empty: healthy. Wrong means: a restart or a person is needed */
  readonly unhealthy: () => readonly string[];
  /** what is still awaited, one line each; empty: ready */
  readonly unready: () => readonly string[];
  readonly metrics: Pick<Metrics, 'watch'> & { text(): Promise<string>; readonly contentType: string };
}

export interface HealthServer {
  readonly url: string;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/**
 * `/healthz` and `/readyz` answer 200 `ok`, or 503 with a reason a line; `/metrics` answers Prometheus' text format.
 * Plain http: three fixed paths need no framework, and a broken one must not take health along.
 */
export const startHealthServer = async (options: HealthServerOptions): Promise<HealthServer> => {
  const { host = '127.0.0.1', port, name = 'hub', unhealthy, unready, metrics } = options;
  const server = createServer(
    (request, response) => void reply(options, { path: request.url ?? '/', method: request.method ?? '', response }),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  server.unref();
  const unwatch = metrics.watch({
    kind: 'health',
    name,
    read: () => ({ unhealthy: unhealthy().length, unready: unready().length }),
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    stop: () =>
      new Promise((resolve) => {
        unwatch();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const reply = async (
  options: HealthServerOptions,
  asked: { path: string; method: string; response: ServerResponse },
): Promise<void> => {
  const { status, type, body } = await answerTo(options, asked).catch((error: unknown): Answer =>
    text(500, `could not be told: ${String(error)}`),
  );
  asked.response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  asked.response.end(asked.method === 'HEAD' ? undefined : body);
};

const answerTo = async (
  { unhealthy, unready, metrics }: HealthServerOptions,
  { path, method }: { path: string; method: string },
): Promise<Answer> => {
  if (method !== 'GET' && method !== 'HEAD') return text(405, `${method} is not allowed; allowed: GET, HEAD`);
  switch (path.split('?')[0]) {
    case '/healthz':
      return verdict(unhealthy());
    case '/readyz':
      return verdict(unready());
    case '/metrics':
      return { status: 200, type: metrics.contentType, body: await metrics.text() };
    default:
      return text(404, `${path} is not here; there are /healthz, /readyz, /metrics`);
  }
};

const verdict = (reasons: readonly string[]): Answer =>
  reasons.length === 0 ? text(200, 'ok') : text(503, reasons.join('\n'));

const text = (status: number, body: string): Answer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${body}\n`,
});
