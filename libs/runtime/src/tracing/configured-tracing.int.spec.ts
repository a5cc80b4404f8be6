import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { configuredTracing } from './configured-tracing.ts';
import { JaegerFolder } from './jaeger-folder.ts';
import type { JaegerTrace } from './jaeger-trace.ts';

const CAUSE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const random = (): number => 0;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skerry-traces-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = (name: string): JaegerTrace => JSON.parse(readFileSync(join(folder, 'traces', name), 'utf8')).data[0];

describe('tracing as it is set', () => {
  it('is none without a place for spans, whatever the ratio', async () => {
    expect(await configuredTracing({ ratio: 1 }, { writer: 'hub', random })).toBeUndefined();
  });

  it('writes a file for each trace, which only its owner reads and later spans are added to', async () => {
    const path = join(folder, 'traces');
    for (const name of ['decide', 'decide again']) {
      const tracing = await configuredTracing({ ratio: 1, folder: path }, { writer: 'hub', random });
      await tracing!.after({ service: 'scheduler', name, cause: CAUSE, attributes: { a: 1, b: true } }, async () => {
        await tracing!.hop({ name: 'append', kind: 'client' }, async () => undefined);
      });
      await tracing!.close();
    }
    expect(readdirSync(path)).toEqual(['4bf92f3577b34da6a3ce929d0e0e4736.hub.json']);
    expect(statSync(join(path, readdirSync(path)[0]!)).mode & 0o777).toBe(0o600);
    const trace = read(readdirSync(path)[0]!);
    expect(trace.processes).toEqual({ scheduler: { serviceName: 'scheduler', tags: [] } });
    const decides = trace.spans.filter(({ operationName }) => operationName.startsWith('decide'));
    expect(decides.map(({ operationName }) => operationName)).toEqual(['decide', 'decide again']);
    expect(decides[0]).toMatchObject({
      references: [{ refType: 'FOLLOWS_FROM', traceID: trace.traceID, spanID: '00f067aa0ba902b7' }],
      tags: [
        { key: 'a', type: 'int64', value: 1 },
        { key: 'b', type: 'bool', value: true },
      ],
      processID: 'scheduler',
    });
    const appends = trace.spans.filter(({ operationName }) => operationName === 'append');
    expect(appends.map(({ references: [one] }) => one?.refType)).toEqual(['CHILD_OF', 'CHILD_OF']);
    expect(Math.abs(decides[0]!.startTime / 1_000 - Date.now())).toBeLessThan(60_000);
    expect(decides[0]!.duration).toBeLessThan(10_000_000);
  });

  it('keeps the newest files of all who write there', async () => {
    const path = join(folder, 'traces');
    for (const [index, writer] of ['old', 'new'].entries()) {
      const tracing = await configuredTracing({ ratio: 1, folder: path }, { writer, random });
      const cause = CAUSE.replace('4bf', `${index}bf`);
      await tracing!.after({ name: 'decide', cause }, async () => undefined);
      await tracing!.close();
    }
    new JaegerFolder({ path, writer: 'new', keep: 1 }).export([], () => undefined);
    expect(readdirSync(path)).toEqual(['1bf92f3577b34da6a3ce929d0e0e4736.new.json']);
  });

  it('sends spans to a receiver of OTLP over HTTP, and ends well when there is none', async () => {
    const bodies: string[] = [];
    const server: Server = createServer((request, response) => {
      let body = '';
      request.setEncoding('latin1').on('data', (text: string) => (body += text));
      request.on('end', () => {
        bodies.push(`${request.method} ${request.url} ${body}`);
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const otlpUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
    const trace = async () => {
      const tracing = await configuredTracing({ ratio: 1, otlpUrl }, { writer: 'hub', random });
      await tracing!.request({ service: 'gateway', name: 'apply' }, async () => undefined);
      await tracing!.close();
    };
    await trace();
    expect(bodies.map((body) => body.split(' ').slice(0, 2))).toEqual([['POST', '/v1/traces']]);
    expect(bodies[0]).toContain('gateway');
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await trace();
  });
});
