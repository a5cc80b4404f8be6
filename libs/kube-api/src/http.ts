import {
  createServer as createPlainServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { KubeApi } from './kube-api.ts';
import type { KubeRequest, KubeResponse, KubeStream, KubeUser } from './request.ts';
import { requestTooLarge, statusErrorOf, unauthorized } from './status-errors/errors.ts';
import type { StatusError } from './status-errors/status-error.ts';

export interface KubeServerOptions {
  readonly api: Pick<KubeApi, 'handle'>;
  /** Who a bearer token belongs to; undefined refuses with 401. `token` is undefined if the request has none. */
  readonly authenticate: (token: string | undefined) => Promise<KubeUser | undefined> | KubeUser | undefined;
  /** PEM texts. Without them the server speaks plain http, over which kubectl sends no token. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** A larger body gets 413. Default 3 MiB, as in Kubernetes. */
  readonly bodyLimitBytes?: number;
  /** Answers requests that are not the Kubernetes API's; true if it took the request. Runs after authentication. */
  readonly also?: (exchange: AlsoExchange) => boolean | Promise<boolean>;
  /**
   * How long a closing server goes on serving, each answer with `connection: close`. Default 0. Without it a client that sends
   * on an open connection as that is closed fails, and again on the next one, which is closed at the same moment.
   */
  readonly drainMs?: number;
  /** Told of every request, refused ones included. */
  readonly observe?: RequestObserver;
  /** Is given each request to serve: whatever it does around that. */
  readonly within?: RequestSurround;
}

/** Calls `serve` once and resolves or throws as that does. `serve` answers the status that was sent; undefined: none. */
export type RequestSurround = (
  line: { readonly method: string; readonly url: string; readonly headers: IncomingMessage['headers'] },
  serve: () => Promise<number | undefined>,
) => Promise<unknown>;

/** Called as a request comes in; the answer is called once when its response has ended, without a status if none was sent. */
export type RequestObserver = (line: {
  readonly method: string;
  /** path and query */
  readonly url: string;
  readonly contentType: string;
}) => (status: number | undefined) => void;

/** A request that something beside the Kubernetes API may take. */
export interface AlsoExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly user: KubeUser;
}

export interface KubeServer {
  readonly server: Server;
  /** Listens; port 0 takes a free one. Answers the base URL. */
  readonly listen: (port: number, host?: string) => Promise<string>;
  /** Drains, ends watches, lets running requests finish for at most `graceMs` (default 5,000), and closes. */
  readonly close: (graceMs?: number) => Promise<void>;
}

const openPaths = new Set(['/healthz', '/livez', '/readyz', '/version']);

/** A server over TLS or plain http for a KubeApi. */
export function createKubeServer(options: KubeServerOptions): KubeServer {
  const streams = new Set<KubeStream>();
  let draining = false;
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    if (draining) response.setHeader('connection', 'close');
    if (options.observe !== undefined) observe(options.observe, { request, response });
    surrounded({ options, streams, request, response }).catch((cause: unknown) => {
      fail(response, statusErrorOf(cause));
    });
  };
  const server = options.tls === undefined ? createPlainServer(listener) : createTlsServer(options.tls, listener);
  // Watches have no length; their clients, not the server, decide when a connection has been silent for too long.
  server.requestTimeout = 0;
  return {
    server,
    listen: (port, host = '127.0.0.1') =>
      listen(server, { port, host, scheme: options.tls === undefined ? 'http' : 'https' }),
    close: async (graceMs = 5_000) => {
      draining = true;
      if (options.drainMs) await new Promise((resolve) => setTimeout(resolve, options.drainMs));
      await close({ server, streams, graceMs });
    },
  };
}

async function surrounded(serving: Serving): Promise<void> {
  const { within } = serving.options;
  if (within === undefined) return serve(serving);
  const { method = 'GET', url = '/', headers } = serving.request;
  await within({ method, url, headers }, async () => {
    await serve(serving);
    return serving.response.headersSent ? serving.response.statusCode : undefined;
  });
}

function observe(
  observer: RequestObserver,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): void {
  const { method = 'GET', url = '/', headers } = request;
  const ended = observer({ method, url, contentType: headers['content-type'] ?? '' });
  response.once('close', () => ended(response.headersSent ? response.statusCode : undefined));
}

interface Place {
  readonly port: number;
  readonly host: string;
  readonly scheme: string;
}

async function listen(server: Server, { port, host, scheme }: Place): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
  return `${scheme}://${host}:${(server.address() as AddressInfo).port}`;
}

interface Closing {
  readonly server: Server;
  readonly streams: ReadonlySet<KubeStream>;
  readonly graceMs: number;
}

async function close({ server, streams, graceMs }: Closing): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const stream of streams) stream.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}

interface Serving {
  readonly options: KubeServerOptions;
  readonly streams: Set<KubeStream>;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function serve({ options, streams, request, response }: Serving): Promise<void> {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  const user = await options.authenticate(bearerToken(request));
  if (user === undefined && !openPaths.has(path)) return refuse(request, response, unauthorized());
  if (user !== undefined && options.also !== undefined && (await options.also({ request, response, user }))) return;
  const body = await readBody(request, options.bodyLimitBytes ?? 3 * 1024 * 1024);
  if (!(body instanceof Uint8Array)) return refuse(request, response, body);
  const headers = request.headers as Record<string, string | undefined>;
  const asked: KubeRequest = {
    method: request.method ?? 'GET',
    path,
    query: mark === -1 ? '' : url.slice(mark + 1),
    headers,
    body,
    user,
    // an empty one names no command
    id: headers['idempotency-key'] || undefined,
  };
  const answer = await options.api.handle(asked);
  if (answer.stream === undefined) send(response, answer);
  else await sendStream({ response, answer, stream: answer.stream, streams });
}

function bearerToken(request: IncomingMessage): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** The whole body, or the error for one that is too large. */
async function readBody(request: IncomingMessage, limitBytes: number): Promise<Uint8Array | StatusError> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return requestTooLarge(limitBytes);
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) return requestTooLarge(limitBytes);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

function send(response: ServerResponse, { status, headers, body }: KubeResponse): void {
  // bytes, not text: Node would write the headers before a text in the encoding of that text
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headersOf(headers), 'content-length': bytes.byteLength });
  response.end(bytes);
}

/** Node takes a header as bytes, one a character: what is beyond ASCII goes out as its UTF-8, as other servers send it. */
function headersOf(headers: KubeResponse['headers']): OutgoingHttpHeaders {
  const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? bytes(value) : value.map(bytes)]),
  );
}

/** An answer to a request whose body was not read: the connection cannot carry another one. */
function refuse(request: IncomingMessage, response: ServerResponse, error: StatusError): void {
  request.resume();
  if (!request.complete) response.setHeader('connection', 'close');
  fail(response, error);
}

function fail(response: ServerResponse, { status }: StatusError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const headers = { 'content-type': 'application/json' };
  send(response, { status: status.code ?? 500, headers, body: JSON.stringify(status) });
}

interface Streaming {
  readonly response: ServerResponse;
  readonly answer: KubeResponse;
  readonly stream: KubeStream;
  readonly streams: Set<KubeStream>;
}

/** Writes the lines of a watch as fast as the client takes them, until either side ends it. */
async function sendStream({ response, answer, stream, streams }: Streaming): Promise<void> {
  streams.add(stream);
  response.once('close', () => stream.close());
  response.writeHead(answer.status, headersOf(answer.headers));
  response.flushHeaders();
  try {
    for await (const line of stream) {
      if (response.destroyed) break;
      if (!response.write(line)) await drained(response);
    }
    response.end();
  } finally {
    streams.delete(stream);
    stream.close();
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.removeListener('drain', done);
      response.removeListener('close', done);
      resolve();
    };
    response.once('drain', done);
    response.once('close', done);
    if (response.destroyed) done();
  });
}
