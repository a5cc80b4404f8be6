import { Agent, request, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Kept, RawAnswer, Step } from './step.ts';

/** A server under test: both are asked in the same way. */
export interface Target {
  readonly url: string;
  readonly token: string;
}

const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
const deadlineMs = 10_000;

export function closeConnections(): void {
  agent.destroy();
}

interface Sending {
  readonly step: Step;
  readonly namespace: string;
  readonly kept: Kept;
}

/** Sends one step to one server. */
export async function send(target: Target, { step, namespace, kept }: Sending): Promise<RawAnswer> {
  const query = typeof step.query === 'function' ? step.query(kept) : (step.query ?? '');
  const body = typeof step.body === 'function' ? (step.body as (kept: Kept) => unknown)(kept) : step.body;
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const payload = text?.replaceAll('{ns}', namespace);
  const path = `${step.path}${query === '' ? '' : `?${query}`}`.replaceAll('{ns}', namespace);
  const options: RequestOptions = {
    method: step.method,
    agent,
    headers: {
      authorization: `Bearer ${target.token}`,
      accept: step.accept ?? 'application/json',
      'user-agent': 'parity/1',
      ...(payload === undefined
        ? {}
        : { 'content-type': step.type ?? 'application/json', 'content-length': Buffer.byteLength(payload) }),
    },
  };
  return new Promise((resolve, reject) => {
    const call = request(new URL(path, target.url), options, (response) => {
      collect(response, step.events).then(resolve, reject);
    });
    call.setTimeout(deadlineMs, () => call.destroy(new Error(`${step.title}: no answer within ${deadlineMs} ms`)));
    call.on('error', reject);
    call.end(payload);
  });
}

async function collect(response: IncomingMessage, events: number | undefined): Promise<RawAnswer> {
  const status = response.statusCode ?? 0;
  const header = response.headersDistinct['warning'] ?? [];
  const warnings = header.flatMap((line) => line.split(/, (?=299 )/));
  if (events !== undefined && status === 200) return { status, warnings, body: await readEvents(response, events) };
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk as string;
  return { status, warnings, body: parse(text) };
}

/** Some of Kubernetes' refusals are plain text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** The first events of a watch; then the connection is cut. */
async function readEvents(response: IncomingMessage, count: number): Promise<unknown[]> {
  const found: unknown[] = [];
  let rest = '';
  for await (const chunk of response.setEncoding('utf8')) {
    rest += chunk as string;
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = JSON.parse(line) as { type: string };
      if (event.type !== 'BOOKMARK') found.push(event);
    }
    if (found.length >= count) break;
  }
  response.destroy();
  // More may have come in the same chunk; how many is chance.
  return found.slice(0, count);
}
