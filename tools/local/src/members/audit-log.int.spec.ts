import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { auditedRequests, auditMark } from './audit-log.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skerry-audit-'));
  path = join(folder, 'audit.log');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const line = (verb: string, name: string, more: object = {}): string =>
  `${JSON.stringify({
    stage: 'ResponseComplete',
    verb,
    requestURI: `/api/v1/namespaces/shop/configmaps/${name}`,
    userAgent: 'skerry/1',
    user: { username: 'skerry' },
    objectRef: { resource: 'configmaps', namespace: 'shop', name },
    responseStatus: { code: 200 },
    stageTimestamp: '2026-11-22T09:00:00.000000Z',
    ...more,
  })}\n`;

describe('an audit log', () => {
  it('tells who asked for what, and the answer', () => {
    appendFileSync(path, line('patch', 'settings'));
    expect(auditedRequests(path)).toEqual([
      {
        at: '2026-11-22T09:00:00.000000Z',
        verb: 'patch',
        user: 'skerry',
        userAgent: 'skerry/1',
        apiGroup: '',
        resource: 'configmaps',
        subresource: '',
        namespace: 'shop',
        name: 'settings',
        code: 200,
        uri: '/api/v1/namespaces/shop/configmaps/settings',
      },
    ]);
  });

  it('tells only what could change something, and only after a mark, if so asked', () => {
    appendFileSync(path, line('create', 'before'));
    const since = auditMark(path);
    for (const verb of ['get', 'list', 'watch', 'update', 'deletecollection'])
      appendFileSync(path, line(verb, 'after'));
    appendFileSync(path, line('delete', 'by-another', { user: { username: 'admin' } }));
    const seen = auditedRequests(path, { since, mutating: true, user: 'skerry' });
    expect(seen.map(({ verb }) => verb)).toEqual(['update', 'deletecollection']);
  });

  it('does not count a watch that has only begun, nor a line that is being written', () => {
    appendFileSync(path, line('watch', 'open', { stage: 'ResponseStarted' }));
    appendFileSync(path, line('create', 'half').slice(0, 40));
    expect(auditedRequests(path)).toEqual([]);
  });

  it('that does not exist yet is empty', () => {
    expect(auditMark(path)).toBe(0);
    expect(auditedRequests(path)).toEqual([]);
  });
});
