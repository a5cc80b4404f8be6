import fc from 'fast-check';
import { applyConfiguration, type ApplyOutcome } from '../managed-fields/track-apply.ts';
import { mainFilter } from '../managed-fields/track-update.ts';
import { withOwners } from '../managed-fields/managed.ts';
import { customSchema } from '../crd/custom-schema.ts';
import type { KubeObject } from '@skerry/ports/object-store/kube-object';
import { compare } from './compare.ts';
import { isEmpty, pathsOf, setsEqual, withNamedFields } from './field-set.ts';
import { decodeFields, encodeFields } from './fields-v1.ts';
import { isObject, type JsonObject } from './json.ts';
import { merge } from './merge.ts';
import { ownedFields } from './owned-fields.ts';

const text = { type: 'string' };
const schema = customSchema(
  {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          size: { type: 'integer' },
          name: text,
          steps: { type: 'array', items: text },
          tags: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
          parts: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['id'],
            items: { type: 'object', properties: { id: text, color: text, weight: { type: 'integer' } } },
          },
          limits: { type: 'object', additionalProperties: text },
          whole: { type: 'object', additionalProperties: text, 'x-kubernetes-map-type': 'atomic' },
        },
      },
    },
  },
  false,
);

/** Without a spec: a configuration that names no field at all. */
const object = (spec: JsonObject | undefined): KubeObject => {
  const thing = { apiVersion: 'x.dev/v1', kind: 'Thing', metadata: { name: 'a' } };
  return spec === undefined ? thing : { ...thing, spec };
};

interface Applying {
  readonly live: KubeObject | undefined;
  readonly manager: string;
  readonly spec: JsonObject | undefined;
}

function apply({ live, manager, spec }: Applying): KubeObject {
  const outcome = tryApply({ live, manager, spec }, true);
  if (outcome.conflicts !== undefined) throw new Error('a forced apply has no conflicts');
  return withOwners(outcome.object, outcome.owners);
}

function tryApply({ live, manager, spec }: Applying, force: boolean): ApplyOutcome {
  const writer = { manager, operation: 'Apply' as const, apiVersion: 'x.dev/v1', subresource: '', time: undefined };
  return applyConfiguration({ live, applied: object(spec), schema, filter: mainFilter(false), writer, force });
}

describe('merging an applied configuration', () => {
  it.each<[string, JsonObject, JsonObject, JsonObject]>([
    ['a field over a field', { size: 1, name: 'n' }, { size: 2 }, { size: 2, name: 'n' }],
    ['an atomic list whole', { steps: ['a', 'b'] }, { steps: ['c'] }, { steps: ['c'] }],
    ['an atomic map whole', { whole: { a: '1' } }, { whole: { b: '2' } }, { whole: { b: '2' } }],
    ['a granular map key by key', { limits: { a: '1' } }, { limits: { b: '2' } }, { limits: { a: '1', b: '2' } }],
    ['the values of a set', { tags: ['a', 'b'] }, { tags: ['c', 'a'] }, { tags: ['c', 'a', 'b'] }],
    ['shared values in the applied order', { tags: ['a', 'b', 'c'] }, { tags: ['c', 'a'] }, { tags: ['b', 'c', 'a'] }],
    [
      'items by their keys',
      { parts: [{ id: 'a', color: 'red' }, { id: 'b' }] },
      { parts: [{ id: 'c' }, { id: 'a', weight: 1 }] },
      { parts: [{ id: 'c' }, { id: 'a', color: 'red', weight: 1 }, { id: 'b' }] },
    ],
    ['an empty list over none', {}, { parts: [] }, { parts: [] }],
    ['an empty list over a full one', { tags: ['a'] }, { tags: [] }, { tags: ['a'] }],
  ])('lays %s', (_title, live, applied, wanted) => {
    expect((merge(object(live), object(applied), schema) as KubeObject).spec).toEqual(wanted);
  });

  it('tells what was added, modified and removed', () => {
    const before = object({ size: 1, limits: { a: '1', b: '2' }, tags: ['x'] });
    const after = object({ size: 2, limits: { a: '1' }, tags: ['x', 'y'], steps: ['s'] });
    const { added, modified, removed } = compare(before, after, schema);
    const names = (paths: string[][]): string[] => paths.map((path) => path.join(' '));
    expect(names(pathsOf(added))).toEqual(['f:spec f:steps', 'f:spec f:tags v:"y"']);
    expect(names(pathsOf(modified))).toEqual(['f:spec f:size']);
    expect(names(pathsOf(removed))).toEqual(['f:spec f:limits f:b']);
  });

  it('takes no field from anybody who is not asked', () => {
    const live = apply({ live: undefined, manager: 'me', spec: { size: 1, tags: ['a'] } });
    const outcome = tryApply({ live, manager: 'you', spec: { size: 2, tags: ['b'] } }, false);
    expect(outcome.conflicts?.map(({ owner, path }) => [owner.manager, path.join(' ')])).toEqual([
      ['me', 'f:spec f:size'],
    ]);
  });
});

const word = fc.constantFrom('a', 'b', 'c', 'd');
const part = fc.record({ id: word, color: word, weight: fc.nat(3) }, { requiredKeys: ['id'] });
const unique = { maxLength: 4 };
const configuration: fc.Arbitrary<JsonObject> = fc.record(
  {
    size: fc.nat(3),
    name: word,
    steps: fc.array(word, unique),
    tags: fc.uniqueArray(word, { ...unique, minLength: 1 }),
    parts: fc.uniqueArray(part, { ...unique, minLength: 1, selector: ({ id }) => id }),
    limits: fc.dictionary(word, word, { minKeys: 1 }),
    whole: fc.dictionary(word, word),
  },
  { requiredKeys: [] },
);
const history = fc.array(fc.record({ manager: fc.constantFrom('me', 'you', 'they'), spec: configuration }), {
  minLength: 1,
  maxLength: 6,
});

function play(steps: readonly { manager: string; spec: JsonObject | undefined }[]): KubeObject {
  let live: KubeObject | undefined;
  for (const step of steps) live = apply({ live, ...step });
  return live as KubeObject;
}

function entryOf(live: KubeObject, manager: string): unknown {
  return live.metadata.managedFields?.find((entry) => entry.manager === manager)?.fieldsV1;
}

/** Every leaf of `wanted` that is not in `live` in its place. */
function holds(live: unknown, wanted: unknown): boolean {
  if (isObject(wanted))
    return isObject(live) && Object.entries(wanted).every(([name, value]) => holds(live[name], value));
  if (!Array.isArray(wanted)) return live === wanted;
  if (!Array.isArray(live)) return false;
  return wanted.every((item) => live.some((other) => holds(other, item)));
}

describe('any history of applies', () => {
  it('leaves the object as it is when the last one is repeated', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const once = play(steps);
        const last = steps.at(-1) as (typeof steps)[number];
        expect(apply({ live: once, ...last })).toEqual(once);
      }),
    );
  });

  it('leaves the last applier with exactly the fields that it applied, and its values in the object', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const live = play(steps);
        const { manager, spec } = steps.at(-1) as (typeof steps)[number];
        const owned = decodeFields(entryOf(live, manager) ?? {});
        const applied = ownedFields({ spec }, schema);
        if (owned === undefined) throw new Error('the entry is no FieldsV1');
        expect(setsEqual(owned, applied)).toBe(true);
        expect(holds(live.spec ?? {}, spec)).toBe(true);
      }),
    );
  });

  it('keeps no field that nobody owns', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const live = play(steps);
        const owners = (live.metadata.managedFields ?? []).map((entry) => decodeFields(entry.fieldsV1));
        const present = pathsOf(ownedFields({ spec: live.spec ?? {} }, schema));
        const isOwned = (path: readonly string[]): boolean =>
          owners.some((owner) => {
            let node = owner === undefined ? undefined : withNamedFields(owner, schema);
            for (const element of path.slice(0, -1)) node = node?.children.get(element);
            const last = path.at(-1) ?? '';
            return node?.members.has(last) === true || node?.children.has(last) === true;
          });
        expect(present.filter((path) => !isOwned(path))).toEqual([]);
      }),
    );
  });

  it('lets a manager who applies nothing leave without a trace of its own', () => {
    fc.assert(
      fc.property(configuration, configuration, (mine, theirs) => {
        const alone = play([{ manager: 'me', spec: mine }]);
        const left = play([
          { manager: 'me', spec: mine },
          { manager: 'you', spec: { ...theirs, ...mine } },
          { manager: 'you', spec: undefined },
        ]);
        expect(entryOf(left, 'you')).toBeUndefined();
        expect(entryOf(left, 'me')).toEqual(entryOf(alone, 'me'));
      }),
    );
  });

  it('writes its fields so that they read the same', () => {
    fc.assert(
      fc.property(configuration, (spec) => {
        const fields = ownedFields({ spec }, schema);
        const read = decodeFields(encodeFields(fields));
        if (read === undefined) throw new Error('what was encoded could not be decoded');
        expect(setsEqual(read, fields)).toBe(true);
        expect(isEmpty(fields)).toBe(Object.keys(encodeFields(fields)).length === 0);
      }),
    );
  });

  it('changes neither the live object nor the configuration', () => {
    fc.assert(
      fc.property(configuration, configuration, (first, second) => {
        const live = play([{ manager: 'me', spec: first }]);
        const before = JSON.stringify([live, second]);
        apply({ live, manager: 'you', spec: second });
        expect(JSON.stringify([live, second])).toBe(before);
      }),
    );
  });
});
