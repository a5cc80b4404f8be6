import type { ServerResponse } from 'node:http';
import type { KubeUser } from '@skerry/kube-api/request';

/** A request below `/skerry/v1/`, taken apart. */
export interface Query {
  /** path parts after `/skerry/v1/`, decoded */
  readonly parts: readonly string[];
  readonly parameters: URLSearchParams;
  readonly user: KubeUser;
  readonly response: ServerResponse;
  /** aborted when the client is gone */
  readonly gone: AbortSignal;
}

/** An answer that is not what was hoped for, with what to do about it. */
export class QueryRefused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export const answerJson = (response: ServerResponse, body: unknown, status = 200): void => {
  const text = JSON.stringify(body, (_key, value: unknown) => (typeof value === 'bigint' ? Number(value) : value));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
};

/** A whole number of 0 or more from the query; refused by name when it is anything else. */
export const numberOf = (
  parameters: URLSearchParams,
  { name, otherwise }: { name: string; otherwise: number },
): number => {
  const text = parameters.get(name);
  if (text === null) return otherwise;
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number;
  throw new QueryRefused(400, `${name}=${text}: a whole number from 0 to ${Number.MAX_SAFE_INTEGER} is allowed`);
};

/** The parts of a path after `prefix`, decoded, and the parameters. Throws QueryRefused where a part is no text. */
export const targetOf = (url: string, prefix: string): Pick<Query, 'parts' | 'parameters'> => {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const parts = path.slice(prefix.length).split('/').map(decoded);
  return { parts, parameters: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)) };
};

const decoded = (part: string): string => {
  try {
    const text = decodeURIComponent(part);
    if (!text.includes('\0')) return text;
  } catch {
    // said below: with a NUL, which no store takes, it is as little a name
  }
  throw new QueryRefused(400, `the path holds "${part}": allowed are names, percent-encoded`);
};
