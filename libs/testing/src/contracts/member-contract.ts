import { afterEach, expect, it } from '@jest/globals';
import { TransientFailure } from '@skerry/kernel/errors';
import type { Member, MemberResponse } from '@skerry/ports/member/member';
import { waitUntil } from './wait-until.ts';

/** A member under test, and what its server can be made to do. It has namespace `default`; bookmarks come within a second. */
export interface MemberFixture {
  readonly member: Member;
  /** Forgets all versions before the present one. */
  readonly expireVersions: () => Promise<void>;
  /** The server answers nobody; the result ends that. */
  readonly takeDown: () => () => void;
  /** Ends the watches that are open, in good order. */
  readonly dropWatches: () => void;
  readonly close: () => Promise<void>;
}

interface Line {
  readonly type: string;
  readonly object: any;
}

/** Higher than any that a server has given. */
const LAST = '9223372036854775807';
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

/** What every member adapter promises. Call it inside a `describe` that names the adapter. */
export const memberContract = (open: () => Promise<MemberFixture>): void => {
  let fixture: MemberFixture;
  const fresh = async (): Promise<Member> => {
    fixture = await open();
    return fixture.member;
  };
  afterEach(async () => {
    await fixture.member.close();
    await fixture.close();
  });

  it('lists page by page, every object once', async () => {
    const member = await fresh();
    for (const name of ['a', 'b', 'c', 'd', 'e']) await apply(member, name);
    const seen: string[] = [];
    let token = '';
    do {
      const more = token === '' ? '' : `&continue=${encodeURIComponent(token)}`;
      const { status, body } = await get(member, `${CONFIG_MAPS}?limit=2${more}`);
      expect(status).toBe(200);
      expect(body.items.length).toBeLessThanOrEqual(2);
      seen.push(...body.items.map((item: any) => item.metadata.name));
      token = body.metadata.continue ?? '';
    } while (token !== '');
    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('answers what the server answers, also that there is nothing', async () => {
    const { status, body } = await get(await fresh(), `${CONFIG_MAPS}/absent`);
    expect(status).toBe(404);
    expect(body).toMatchObject({ kind: 'Status', reason: 'NotFound' });
  });

  it('keeps an answer that is no JSON as a message', async () => {
    const { status, body } = await get(await fresh(), '/readyz');
    expect(status).toBe(200);
    expect(body.message).toBe('ok');
  });

  it('applies: the first time it creates, the second time it changes what is said', async () => {
    const member = await fresh();
    expect((await apply(member, 'a', '1')).status).toBe(201);
    const { status, body } = await apply(member, 'a', '2');
    expect(status).toBe(200);
    expect((body as any).data).toEqual({ value: '2' });
  });

  it('makes an object only where nothing has its name, when asked with a version that none has', async () => {
    const member = await fresh();
    expect((await apply(member, 'a', '1', { resourceVersion: LAST })).status).toBe(201);
    const before = (await get(member, `${CONFIG_MAPS}/a`)).body;
    expect((await apply(member, 'a', '2', { resourceVersion: LAST })).status).toBe(409);
    expect((await apply(member, 'a', '1', { resourceVersion: LAST, labels: { more: 'yes' } })).status).toBe(409);
    expect((await get(member, `${CONFIG_MAPS}/a`)).body).toEqual(before);
  });

  it('deletes only the object of that uid', async () => {
    const member = await fresh();
    const uid = ((await apply(member, 'a')).body as any).metadata.uid as string;
    const remove = (wanted: string): Promise<MemberResponse> =>
      member.request({
        method: 'DELETE',
        path: `${CONFIG_MAPS}/a`,
        body: JSON.stringify({ preconditions: { uid: wanted } }),
      });
    expect((await remove('00000000-0000-4000-8000-000000000000')).status).toBe(409);
    expect((await get(member, `${CONFIG_MAPS}/a`)).status).toBe(200);
    expect((await remove(uid)).status).toBe(200);
    expect((await get(member, `${CONFIG_MAPS}/a`)).status).toBe(404);
  });

  it('watches: ADDED, MODIFIED, DELETED in order, from the version that was asked for', async () => {
    const member = await fresh();
    const from = await versionOf(member);
    await apply(member, 'a', '1');
    await apply(member, 'a', '2');
    await member.request({ method: 'DELETE', path: `${CONFIG_MAPS}/a` });
    const lines = await take(member, { query: `resourceVersion=${from}`, count: 3 });
    expect(lines.map(({ type, object }) => `${type} ${object.data.value}`)).toEqual([
      'ADDED 1',
      'MODIFIED 2',
      'DELETED 2',
    ]);
  });

  it('hands bookmarks on, which carry a version that nothing of the kind has', async () => {
    const member = await fresh();
    const from = await versionOf(member);
    const path = '/api/v1/namespaces/default/secrets';
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'elsewhere' } };
    await member.request({ method: 'POST', path, body: JSON.stringify(secret) });
    const [line] = await take(member, { query: `resourceVersion=${from}&allowWatchBookmarks=true`, count: 1 });
    expect(line!.type).toBe('BOOKMARK');
    expect(Number(line!.object.metadata.resourceVersion)).toBeGreaterThan(Number(from));
  });

  it('tells an expired version as an ERROR line with code 410', async () => {
    const member = await fresh();
    const from = await versionOf(member);
    await apply(member, 'a');
    await fixture.expireVersions();
    const [line] = await take(member, { query: `resourceVersion=${from}`, count: 1 });
    expect(line).toMatchObject({ type: 'ERROR', object: { code: 410 } });
  });

  it('ends a watch without a failure when it is aborted', async () => {
    const member = await fresh();
    const watching = follow(member);
    await apply(member, 'a');
    await waitUntil('the watch shows the object', { holds: () => watching.lines.length === 1 });
    watching.abort.abort();
    await watching.ended;
    const aborted = AbortSignal.abort();
    for await (const line of member.watch({ path: `${CONFIG_MAPS}?watch=true`, signal: aborted })) {
      throw new Error(`a watch that was aborted before it began handed out ${line.type}`);
    }
  });

  it('ends a watch without a failure when the server ends it', async () => {
    const member = await fresh();
    const watching = follow(member);
    await apply(member, 'a');
    await waitUntil('the watch shows the object', { holds: () => watching.lines.length === 1 });
    fixture.dropWatches();
    await watching.ended;
  });

  it('fails a watch for the time being when its connection breaks', async () => {
    const member = await fresh();
    const watching = follow(member);
    await apply(member, 'a');
    await waitUntil('the watch shows the object', { holds: () => watching.lines.length === 1 });
    fixture.takeDown();
    await expect(watching.ended).rejects.toBeInstanceOf(TransientFailure);
  });

  it('fails a request for the time being when no answer comes, and works again afterwards', async () => {
    const member = await fresh();
    const bringUp = fixture.takeDown();
    await expect(get(member, '/version')).rejects.toBeInstanceOf(TransientFailure);
    bringUp();
    expect((await get(member, '/version')).status).toBe(200);
  });

  it('says nothing any more once it is closed', async () => {
    const member = await fresh();
    await member.close();
    await expect(get(member, '/version')).rejects.toBeInstanceOf(TransientFailure);
  });
};

const get = async (member: Member, path: string): Promise<{ status: number; body: any }> =>
  member.request({ method: 'GET', path });

const apply = (member: Member, name: string, value = '1', metadata: object = {}): Promise<MemberResponse> => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data: { value } };
  return member.request({
    method: 'PATCH',
    path: `${CONFIG_MAPS}/${name}?fieldManager=contract&force=true`,
    contentType: 'application/apply-patch+yaml',
    body: JSON.stringify(object),
  });
};

const versionOf = async (member: Member): Promise<string> =>
  (await get(member, CONFIG_MAPS)).body.metadata.resourceVersion;

/** The first lines of a watch, which is ended then. */
const take = async (member: Member, { query, count }: { query: string; count: number }): Promise<Line[]> => {
  const abort = new AbortController();
  const lines: Line[] = [];
  for await (const line of member.watch({ path: `${CONFIG_MAPS}?watch=true&${query}`, signal: abort.signal })) {
    lines.push(line as Line);
    if (lines.length === count) break;
  }
  abort.abort();
  return lines;
};

interface Following {
  readonly lines: Line[];
  readonly abort: AbortController;
  /** settles when the watch ends or fails */
  readonly ended: Promise<void>;
}

/** A watch from now on, read in the background. */
const follow = (member: Member): Following => {
  const abort = new AbortController();
  const lines: Line[] = [];
  const read = async (): Promise<void> => {
    for await (const line of member.watch({ path: `${CONFIG_MAPS}?watch=true`, signal: abort.signal })) {
      lines.push(line as Line);
    }
  };
  const ended = read();
  // Its failure is looked at later; until then it is no unhandled rejection.
  ended.catch(() => undefined);
  return { lines, abort, ended };
};
