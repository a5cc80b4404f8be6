import { describe, expect, it, afterEach } from '@jest/globals';
import { Agent, request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { createKubeServer, type KubeServer, type KubeServerOptions } from './http.ts';
import { configMap, configMaps, TestApi } from './kube-api.spec-support.ts';

let server: KubeServer;
let api: TestApi;

async function open(options: Partial<KubeServerOptions> = {}): Promise<string> {
  api = new TestApi();
  const authenticate = (token: string | undefined) => (token === 'right' ? { name: 'somebody' } : undefined);
  server = createKubeServer({ api: api.api, authenticate, ...options });
  return server.listen(0);
}

afterEach(() => server.close(500));

interface Call {
  readonly method?: string;
  readonly path: string;
  readonly token?: string;
  readonly body?: string;
  readonly type?: string;
}

async function call(
  url: string,
  { method = 'GET', path, token = 'right', body, type }: Call,
): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': type ?? 'application/json' };
  const sent = request(new URL(path, url), { method, headers, agent: false });
  sent.on('error', () => undefined);
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

async function read(response: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk as string;
  return JSON.parse(text) as Record<string, unknown>;
}

/** The events of a watch, one at a time. */
async function* events(response: IncomingMessage): AsyncGenerator<Record<string, unknown>> {
  let rest = '';
  for await (const chunk of response.setEncoding('utf8')) {
    const lines = (rest + (chunk as string)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as Record<string, unknown>;
  }
}

describe('the server of kube-api', () => {
  it('warns of a field whatever its name is made of', async () => {
    const url = await open();
    const body = JSON.stringify({ ...configMap('one'), 'наdme😀\u007f\n': 1 });
    const response = await call(url, { method: 'POST', path: configMaps, body });
    expect(response.statusCode).toBe(201);
    const warning = Buffer.from(String(response.headers['warning']), 'latin1').toString('utf8');
    expect(warning).toBe(String.raw`299 - "unknown field \"наdme😀\u007f\n\""`);
  });

  it('tells of every request when it comes and when its answer has ended, refused ones and watches included', async () => {
    const said: string[] = [];
    const url = await open({
      observe: ({ method, url: asked }) => {
        said.push(`${method} ${asked}`);
        return (status) => void said.push(`${status} ${asked}`);
      },
    });
    const ended = async (text: string): Promise<void> => {
      const untilMs = Date.now() + 5_000;
      while (!said.includes(text)) {
        if (Date.now() > untilMs) throw new Error(`no "${text}" in ${said.join(', ')}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    (await call(url, { path: configMaps, token: 'wrong' })).resume();
    await ended(`401 ${configMaps}`);
    const watching = await call(url, { path: `${configMaps}?watch=true` });
    expect(said).toEqual([`GET ${configMaps}`, `401 ${configMaps}`, `GET ${configMaps}?watch=true`]);
    watching.destroy();
    await ended(`200 ${configMaps}?watch=true`);
    expect(said).toHaveLength(4);
  });

  it('refuses a request without a valid token, but for its health and version', async () => {
    const url = await open();
    const refused = await call(url, { path: configMaps, token: 'wrong' });
    expect([refused.statusCode, (await read(refused)).reason]).toEqual([401, 'Unauthorized']);
    expect((await call(url, { path: '/version', token: 'wrong' })).statusCode).toBe(200);
  });

  it('refuses a body over the limit with 413, announced or not', async () => {
    const url = await open({ bodyLimitBytes: 1000 });
    const large = JSON.stringify(configMap('a', { x: 'y'.repeat(2000) }));
    const refused = await call(url, { method: 'POST', path: configMaps, body: large });
    expect([refused.statusCode, (await read(refused)).reason]).toEqual([413, 'RequestEntityTooLarge']);
    const chunked = request(new URL(configMaps, url), {
      method: 'POST',
      agent: false,
      headers: { authorization: 'Bearer right', 'transfer-encoding': 'chunked' },
    });
    chunked.on('error', () => undefined);
    chunked.write(large);
    const [response] = (await once(chunked, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(413);
    response.resume();
    chunked.destroy();
  });

  it('takes JSON and YAML', async () => {
    const url = await open();
    const json = await call(url, { method: 'POST', path: configMaps, body: JSON.stringify(configMap('a')) });
    const yaml = await call(url, {
      method: 'POST',
      path: configMaps,
      body: 'metadata: {name: b}\ndata: {x: "1"}\n',
      type: 'application/yaml',
    });
    expect([json.statusCode, yaml.statusCode]).toEqual([201, 201]);
    expect((await read(yaml)).data).toEqual({ x: '1' });
  });

  it('streams a watch as things happen, and ends it when the client goes', async () => {
    const url = await open();
    const response = await call(url, { path: `${configMaps}?watch=true&resourceVersion=0` });
    const seen = events(response);
    await api.send('POST', configMaps, { json: configMap('a') });
    expect((await seen.next()).value).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'a' } } });
    await api.send('DELETE', `${configMaps}/a`);
    expect((await seen.next()).value).toMatchObject({ type: 'DELETED' });
    response.destroy();
    await untilNoWatch();
  });

  it('holds a slow client back without losing a change', async () => {
    const url = await open();
    const response = await call(url, { path: `${configMaps}?watch=true&resourceVersion=0` });
    const big = 'x'.repeat(100_000);
    for (let index = 0; index < 100; index++) {
      await api.send('POST', configMaps, { json: configMap(`n${String(index).padStart(3, '0')}`, { big }) });
    }
    const names: unknown[] = [];
    for await (const event of events(response)) {
      names.push((event.object as { metadata: { name: string } }).metadata.name);
      if (names.length === 100) break;
    }
    expect(names).toEqual(Array.from({ length: 100 }, (_, index) => `n${String(index).padStart(3, '0')}`));
  }, 30_000); // 10 MB through one watch

  it('that closes answers what comes meanwhile, and sends its clients elsewhere', async () => {
    const url = await open({ drainMs: 300 });
    const agent = new Agent({ keepAlive: true });
    const get = async (): Promise<[status: number | undefined, connection: string | undefined]> => {
      const sent = request(new URL(configMaps, url), { headers: { authorization: 'Bearer right' }, agent });
      const [response] = (await once(sent.end(), 'response')) as [IncomingMessage];
      await read(response);
      return [response.statusCode, response.headers.connection];
    };
    expect(await get()).toEqual([200, 'keep-alive']);
    const closing = server.close(1_000);
    expect([await get(), await get()]).toEqual([
      [200, 'close'],
      [200, 'close'],
    ]);
    await closing;
    await expect(get()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    agent.destroy();
  });

  it('ends its watches when it closes', async () => {
    const url = await open();
    const response = await call(url, { path: `${configMaps}?watch=true&resourceVersion=0` });
    const rest = events(response).next();
    await server.close(2_000);
    expect((await rest).done).toBe(true);
  });

  it('lets another handler take paths of its own, after authentication', async () => {
    const url = await open({
      also: ({ request: asked, response, user }) => {
        if (asked.url !== '/mine') return false;
        response.end(JSON.stringify({ user: user.name }));
        return true;
      },
    });
    expect(await read(await call(url, { path: '/mine' }))).toEqual({ user: 'somebody' });
    expect((await call(url, { path: '/mine', token: 'wrong' })).statusCode).toBe(401);
  });
});

async function untilNoWatch(): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (api.store.watches > 0) {
    if (Date.now() > deadline) throw new Error('the watch was still open 5 s after its client had gone');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
