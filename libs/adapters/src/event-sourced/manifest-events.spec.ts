import { describe, expect, it } from '@jest/globals';
import { encodeEvent } from '@skerry/domain/codec';
import { MAX_EVENT_BYTES } from '@skerry/ports/event-store/event-store';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { createMemoryStore } from '../memory/store.ts';
import { storedEventOf } from './manifest-events.ts';

const labelsOf = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`example.com/l${index}`, 'v'.repeat(63)]));

const sizeOf = async (group: string, object: object): Promise<number> => {
  const key = { group, resource: 'things', namespace: 'n'.repeat(63), name: 'x'.repeat(253) };
  const whole = { apiVersion: `${group}/v1`, kind: 'Thing', ...object } as KubeObject;
  const context = { verb: 'apply', subresource: '', fieldManager: 'é'.repeat(128) };
  const data = await storedEventOf(createMemoryStore().blobs, { key, object: whole, context });
  return encodeEvent('ManifestStored', data).byteLength;
};

describe('the event of an object', () => {
  it.each(['example.com', 'skerry.dev'])('fits, with as many labels as are allowed, in %s', async (group) => {
    const allowed = group === 'skerry.dev' ? 90 : 370;
    const metadata = { name: 'a', labels: labelsOf(allowed) };
    const spec = { text: 'x'.repeat(group === 'skerry.dev' ? 40_000 : 2_000_000) };
    expect(await sizeOf(group, { metadata, spec })).toBeLessThan(MAX_EVENT_BYTES);
    await expect(sizeOf(group, { metadata: { labels: labelsOf(allowed + 30) } })).rejects.toMatchObject({
      code: 'too-large',
      field: 'metadata.labels',
      message: expect.stringMatching(/has \d+ bytes; at most \d+ are allowed here/),
    });
  });

  it('is not made for a kind of ours that every service would have to hold whole', async () => {
    const object = { metadata: { name: 'a' }, spec: { text: 'x'.repeat(49_200) } };
    await expect(sizeOf('skerry.dev', object)).rejects.toMatchObject({ code: 'too-large', field: 'spec' });
  });
});
