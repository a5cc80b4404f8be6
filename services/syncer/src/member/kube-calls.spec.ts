import { MemoryMember } from '@skerry/adapters/memory/member';
import { findListed } from './kube-calls.ts';

/** A list in pages of one, or a status instead of the page that has this token. */
const memberOf = (names: readonly string[], refused?: { token: string; status: number }) =>
  new MemoryMember(async ({ path, query = '' }) => {
    const token = new URLSearchParams(query === '' ? path.split('?')[1] : query).get('continue') ?? '0';
    if (token === refused?.token) return { status: refused.status, headers: {}, body: '{"message":"expired"}' };
    const at = Number(token);
    const next = at + 1 < names.length ? { continue: String(at + 1) } : {};
    const body = { metadata: { resourceVersion: '1', ...next }, items: [{ metadata: { name: names[at] } }] };
    return { status: 200, headers: {}, body: JSON.stringify(body) };
  });
const find = async (member: MemoryMember, name: string) =>
  (await findListed(member, { path: '/api/v1/things', isWanted: ({ metadata }) => metadata.name === name }))?.metadata
    .name;

describe('looking for one object in a list', () => {
  it('goes through all pages', async () => {
    expect(await find(memberOf(['a', 'b', 'c']), 'c')).toBe('c');
    expect(await find(memberOf(['a', 'b', 'c']), 'd')).toBeUndefined();
  });

  it('says of a list that broke off on the way that it is unknown, not that there is none', async () => {
    await expect(find(memberOf(['a', 'b', 'c'], { token: '2', status: 410 }), 'c')).rejects.toThrow('expired');
    await expect(find(memberOf(['a'], { token: '0', status: 404 }), 'c')).rejects.toThrow('expired');
  });
});
