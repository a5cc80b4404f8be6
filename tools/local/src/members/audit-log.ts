import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** One finished request, as the API server's audit log has it. */
export interface AuditedRequest {
  readonly at: string;
  /** Kubernetes' verb: get, list, watch, create, update, patch, delete, deletecollection. */
  readonly verb: string;
  readonly user: string;
  readonly userAgent: string;
  readonly apiGroup: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly code: number;
  /** Path and query. */
  readonly uri: string;
}

export interface AuditQuery {
  /** A mark: only what was written after it. Default: everything. */
  readonly since?: number;
  readonly user?: string;
  /** True: only requests that can change something. */
  readonly mutating?: boolean;
}

const reading = new Set(['get', 'list', 'watch']);

/** The present end of a log, to read on from later. A log that does not exist yet has length 0. */
export function auditMark(path: string): number {
  return withFile(path, (file) => fstatSync(file).size) ?? 0;
}

/**
 * The finished requests, in the order in which they finished. A dry run counts as mutating: who looks at this asks
 * whether anything was asked for at all. The server writes a line before it answers, so an answered request is here.
 */
export function auditedRequests(path: string, query: AuditQuery = {}): AuditedRequest[] {
  return linesOf(path, query.since ?? 0)
    .flatMap(parse)
    .filter(({ user }) => query.user === undefined || user === query.user)
    .filter(({ verb }) => query.mutating !== true || !reading.has(verb));
}

function linesOf(path: string, since: number): string[] {
  const bytes = withFile(path, (file) => {
    const buffer = Buffer.alloc(Math.max(0, fstatSync(file).size - since));
    return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, since));
  });
  // What is behind the last line end is still being written.
  return (bytes?.toString() ?? '').split('\n').slice(0, -1);
}

interface AuditLine {
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly user?: { readonly username?: string };
  readonly objectRef?: Partial<Record<'apiGroup' | 'resource' | 'subresource' | 'namespace' | 'name', string>>;
  readonly responseStatus?: { readonly code?: number };
  readonly stageTimestamp: string;
}

function parse(line: string): AuditedRequest[] {
  const entry = JSON.parse(line) as AuditLine;
  if (entry.stage !== 'ResponseComplete') return [];
  const { apiGroup = '', resource = '', subresource = '', namespace = '', name = '' } = entry.objectRef ?? {};
  return [
    {
      at: entry.stageTimestamp,
      verb: entry.verb,
      user: entry.user?.username ?? '',
      userAgent: entry.userAgent ?? '',
      apiGroup,
      resource,
      subresource,
      namespace,
      name,
      code: entry.responseStatus?.code ?? 0,
      uri: entry.requestURI,
    },
  ];
}

function withFile<T>(path: string, use: (file: number) => T): T | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}
