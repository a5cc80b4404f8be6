import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type HealthServer, startHealthServer } from './health-server.ts';
import { PrometheusMetrics } from './prometheus.ts';

let server: HealthServer;
let wrong: string[];
let awaited: string[];
beforeEach(async () => {
  [wrong, awaited] = [[], []];
  server = await startHealthServer({
    port: 0,
    unhealthy: () => {
      if (wrong.includes('throw')) throw new Error('state is gone');
      return wrong;
    },
    unready: () => awaited,
    metrics: new PrometheusMetrics(),
  });
});
afterEach(() => server.stop());

const ask = async (path: string, method = 'GET') => {
  const response = await fetch(`${server.url}${path}`, { method });
  return [response.status, await response.text()];
};

describe('the health server', () => {
  it('listens on loopback only', () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('says ok while nothing is wrong and nothing is awaited', async () => {
    expect(await Promise.all(['/healthz', '/readyz', '/healthz?verbose'].map((path) => ask(path)))).toEqual(
      Array(3).fill([200, 'ok\n']),
    );
  });

  it('names what is wrong and what is awaited, a line each', async () => {
    wrong.push('consumer stopped: TypeError', 'relay: bus-ahead');
    awaited.push('scheduler folds');
    expect(await ask('/healthz')).toEqual([503, 'consumer stopped: TypeError\nrelay: bus-ahead\n']);
    expect(await ask('/readyz')).toEqual([503, 'scheduler folds\n']);
  });

  it('answers an error when health cannot be told', async () => {
    wrong.push('throw');
    expect(await ask('/healthz')).toEqual([500, 'could not be told: Error: state is gone\n']);
  });

  it('counts what is wrong and awaited among the figures', async () => {
    wrong.push('consumer stopped');
    awaited.push('scheduler folds', 'rollout folds');
    const [, text] = await ask('/metrics');
    expect(text).toContain('skerry_health_unhealthy_reasons{service="hub"} 1');
    expect(text).toContain('skerry_health_unready_reasons{service="hub"} 2');
  });

  it('gives the figures in the format of Prometheus', async () => {
    const response = await fetch(`${server.url}/metrics`);
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(await response.text()).toContain('# TYPE skerry_consumer_folded_total counter');
  });

  it('names what there is when asked for something else', async () => {
    expect(await ask('/')).toEqual([404, '/ is not here; there are /healthz, /readyz, /metrics\n']);
    expect(await ask('/healthz', 'POST')).toEqual([405, 'POST is not allowed; allowed: GET, HEAD\n']);
    expect(await ask('/healthz', 'HEAD')).toEqual([200, '']);
  });

  it('says which port is taken', async () => {
    const port = Number(new URL(server.url).port);
    const parts = { port, unhealthy: () => [], unready: () => [], metrics: new PrometheusMetrics() };
    await expect(startHealthServer(parts)).rejects.toMatchObject({ code: 'EADDRINUSE', port });
  });
});
