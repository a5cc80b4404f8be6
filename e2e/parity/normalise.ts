import type { RawAnswer } from './step.ts';

/**
 * The one normalisation of the suite: what two servers cannot have in common. Uids, times and versions are replaced by a
 * word wherever they stand alone or inside a text; a continue token is a version in disguise; entries of managedFields are
 * ordered by their times, so they are put into an order without them.
 */
export function normaliseUidTimeVersionAddress(answer: RawAnswer): RawAnswer {
  return { ...answer, warnings: answer.warnings.map(normaliseText), body: normalise(answer.body, '') };
}

const byName: Readonly<Record<string, string>> = {
  uid: '<uid>',
  resourceVersion: '<version>',
  continue: '<continue>',
  creationTimestamp: '<time>',
  deletionTimestamp: '<time>',
  lastTransitionTime: '<time>',
  time: '<time>',
  clusterIP: '<address>',
};

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const time = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z/g;

function normaliseText(text: string): string {
  return text
    .replaceAll(uuid, '<uid>')
    .replaceAll(time, '<time>')
    .replaceAll(/(in record|in the precondition) \(\d+\)/g, '$1 (<version>)')
    .replaceAll(/(resource version: )\d+( \(\d+\))?/gi, '$1<version>')
    .replaceAll(/(resource version: \d+, current: )\d+/gi, '$1<version>')
    .replaceAll(/\\"resourceVersion\\":\\"\d+\\"/g, '\\"resourceVersion\\":\\"<version>\\"');
}

function normalise(value: unknown, name: string): unknown {
  if (name === 'clusterIPs') return ['<address>'];
  if (typeof value === 'string') return value !== '' && name in byName ? byName[name] : normaliseText(value);
  if (Array.isArray(value)) {
    const items = value.map((item) => normalise(item, ''));
    return name === 'managedFields' ? items.sort((left, right) => (ownerOf(left) < ownerOf(right) ? -1 : 1)) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key.replaceAll(uuid, '<uid>'), normalise(field, key)]),
  );
}

function ownerOf(entry: unknown): string {
  const { manager, operation, apiVersion, subresource } = entry as Record<string, string | undefined>;
  return [operation, manager, apiVersion, subresource].join('|');
}
