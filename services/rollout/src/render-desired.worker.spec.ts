import { create } from '@skerry/contract/message';
import {
  type ObjectDesired,
  type ObjectWithdrawn,
  WithdrawalCause,
} from '@skerry/contract/generated/skerry/v1/desired_pb';
import { ManifestDeletedSchema, ManifestStoredSchema } from '@skerry/contract/generated/skerry/v1/manifest_pb';
import { ObjectObservedSchema, ObservedState } from '@skerry/contract/generated/skerry/v1/observed_pb';
import { PlacementDecidedSchema } from '@skerry/contract/generated/skerry/v1/placement_pb';
import { createMemoryStore } from '@skerry/adapters/memory/store';
import { decodeEvent, type DomainEvent } from '@skerry/domain/codec';
import { divisionBasisText } from '@skerry/engines/division/basis';
import type { Outgoing } from '@skerry/runtime/append/appender';
import { hashOf } from '@skerry/runtime/hash';
import { renderDesired } from './render-desired.worker.ts';
import { RolloutState } from './rollout-state.ts';

const CONFIG_MAP = { group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap', namespace: 'shop' };
const NAMESPACE = { group: '', version: 'v1', resource: 'namespaces', kind: 'Namespace', namespace: '' };
const ref = { ...CONFIG_MAP, name: 'settings', uid: 'u1' };
const shop = { ...NAMESPACE, name: 'shop', uid: 'ns' };

/** Given facts, when rendered, then told: against folded state. */
class Given {
  readonly state = new RolloutState();
  readonly #blobs = createMemoryStore().blobs;
  readonly #versions = new Map<string, number>();

  fold(type: DomainEvent['type'], data: unknown, { uid = 'u1', cluster = '' } = {}): this {
    const stream = `${type.startsWith('Object') || type === 'WithdrawalEnded' ? 'desired' : type}/${cluster}/${uid}`;
    const version = (this.#versions.get(stream) ?? 0) + 1;
    this.#versions.set(stream, version);
    const row = { uid, version, cluster, namespace: uid === 'u1' ? 'shop' : '' };
    for (const _ of this.state.fold({ event: { type, data } as never, row: row as never })) void _;
    return this;
  }

  stored(of: typeof ref = ref): this {
    const { apiVersion, kind, metadata } = {
      apiVersion: 'v1',
      kind: of.kind,
      metadata: { name: of.name, uid: of.uid },
    };
    const body = {
      at: { case: 'inline' as const, value: Buffer.from(JSON.stringify({ apiVersion, kind, metadata })) },
    };
    return this.fold('ManifestStored', create(ManifestStoredSchema, { ref: of, generation: 1n, body }), of);
  }

  placed(...clusters: string[]): this {
    const known = this.state.objects.get('u1')!;
    const divisionBasis = hashOf(divisionBasisText({ facts: known.facts!, selection: known.selection }));
    return this.fold(
      'PlacementDecided',
      create(PlacementDecidedSchema, {
        ref,
        divisionBasis,
        clusters: clusters.map((cluster) => ({ cluster, target: 1, told: 1 })),
      }),
    );
  }

  deleted(): this {
    return this.fold('ManifestDeleted', create(ManifestDeletedSchema, { ref, propagation: 'Background' }));
  }

  gone(cluster: string, placementVersion: bigint, of = ref): this {
    const data = create(ObjectObservedSchema, { ref: of, cluster, state: ObservedState.GONE, placementVersion });
    for (const _ of this.state.fold({
      event: { type: 'ObjectObserved', data },
      row: { uid: of.uid, version: 1, cluster } as never,
    }))
      void _;
    return this;
  }

  /** What the clusters are told, by cluster; folded at once. `meanwhile`: what happens before the bodies are there. */
  async render(uid = 'u1', meanwhile: () => void = () => {}): Promise<Record<string, DomainEvent>> {
    const rendering = renderDesired({ state: this.state, blobs: this.#blobs }, uid);
    meanwhile();
    const decided = await rendering;
    const told = (decided?.events ?? []).map((event: Outgoing) => [event.cluster!, decodeEvent(event)] as const);
    for (const [cluster, { type, data }] of told) this.fold(type, data, { uid, cluster });
    return Object.fromEntries(told);
  }
}

const member = (name: string): object => {
  const body = {
    at: { case: 'inline' as const, value: Buffer.from(JSON.stringify({ metadata: { name, uid: name } })) },
  };
  return create(ManifestStoredSchema, {
    ref: { group: 'skerry.dev', kind: 'Cluster', resource: 'clusters', name, uid: name },
    body,
  });
};

const override = (operation: object, clusters: string[]): object => {
  const policy = {
    apiVersion: 'skerry.dev/v1alpha1',
    kind: 'OverridePolicy',
    metadata: { name: 'edit', namespace: 'shop', uid: 'o1' },
    spec: {
      selects: [{ apiVersion: '*', kind: '*' }],
      rules: [{ clusters: { names: clusters }, operations: [operation] }],
    },
  };
  return create(ManifestStoredSchema, {
    ref: { group: 'skerry.dev', kind: 'OverridePolicy', namespace: 'shop', name: 'edit', uid: 'o1' },
    body: { at: { case: 'inline' as const, value: Buffer.from(JSON.stringify(policy)) } },
  });
};

const given = (): Given => {
  const made = new Given();
  for (const name of ['a', 'b', 'c']) made.fold('ManifestStored', member(name), { uid: name });
  return made;
};

describe('what clusters are told', () => {
  it('is what was placed there, once', async () => {
    const placed = given().stored().placed('a', 'b');
    expect(Object.keys(await placed.render())).toEqual(['a', 'b']);
    expect(await placed.render()).toEqual({});
  });

  it('is told what one placement says, also when the next one comes while its body is fetched', async () => {
    const placed = given().stored().placed('a', 'b');
    const told = await placed.render('u1', () => placed.placed('b'));
    const versions = Object.values(told).map(({ data }) => Number((data as ObjectDesired).placementVersion));
    expect(versions).toEqual([1, 1]);
    expect(await placed.render()).toMatchObject({ a: { type: 'ObjectWithdrawn' } });
  });

  it('is to remove what is placed there no more, until the cluster confirmed it', async () => {
    const moved = given().stored().placed('a', 'b');
    await moved.render();
    const { b } = await moved.placed('a').render();
    expect(b).toMatchObject({ type: 'ObjectWithdrawn', data: { cause: WithdrawalCause.MOVE, placementVersion: 2n } });
    expect(await moved.gone('b', 1n).render()).toEqual({});
    expect(await moved.gone('b', 2n).render()).toMatchObject({ b: { type: 'WithdrawalEnded' } });
  });

  it('is the owner’s order once the object is deleted, also where a move withdrew it before', async () => {
    const moved = given().stored().placed('a', 'b');
    await moved.render();
    await moved.placed('a').render();
    const told = await moved.deleted().render();
    expect(Object.values(told).map(({ type, data }) => [type, (data as ObjectWithdrawn).cause])).toEqual([
      ['ObjectWithdrawn', WithdrawalCause.OWNER],
      ['ObjectWithdrawn', WithdrawalCause.OWNER],
    ]);
    expect(await moved.render()).toEqual({});
  });

  it.each([
    ['nobody ever placed', 0],
    ['a policy placed nine times before', 9],
  ])('names another version each time that a namespace that %s is told again or not', async (_how, placements) => {
    const shopping = given().stored(shop).stored().placed('a');
    const { facts, selection } = shopping.state.objects.get('ns')!;
    const divisionBasis = hashOf(divisionBasisText({ facts: facts!, selection }));
    for (let n = 0; n < placements; n += 1) {
      shopping.fold('PlacementDecided', create(PlacementDecidedSchema, { ref: shop, divisionBasis }), shop);
    }
    const versions: bigint[] = [];
    for (let round = 0; round < 3; round += 1) {
      shopping.state.namespaces.need({ namespace: 'shop', cluster: 'a', uid: 'u1' }, true);
      versions.push(((await shopping.render('ns'))['a']!.data as ObjectDesired).placementVersion);
      shopping.state.namespaces.need({ namespace: 'shop', cluster: 'a', uid: 'u1' }, false);
      const withdrawn = (await shopping.render('ns'))['a']!.data as ObjectWithdrawn;
      versions.push(withdrawn.placementVersion);
      // that it is gone is said once for each version, so what was said before must end nothing
      if (round > 0) shopping.gone('a', versions.at(-3)!, shop);
      expect(await shopping.render('ns')).toEqual({});
      shopping.gone('a', withdrawn.placementVersion, shop);
      expect(await shopping.render('ns')).toMatchObject({ a: { type: 'WithdrawalEnded' } });
    }
    expect([...new Set(versions)].sort((a, b) => Number(a - b))).toEqual(versions);
  });
});

describe('an override', () => {
  it('that cannot be applied in one cluster holds up neither what the others are told nor what they give up', async () => {
    const moved = given().stored().placed('a');
    await moved.render();
    const absent = { jsonPatch: [{ op: 'replace', path: '/spec/none', value: 1 }] };
    moved.fold('ManifestStored', override(absent, ['b']), { uid: 'o1' }).placed('b', 'c');
    expect(Object.entries(await moved.render()).map(([cluster, { type }]) => [cluster, type])).toEqual([
      ['a', 'ObjectWithdrawn'],
      ['c', 'ObjectDesired'],
    ]);
    await expect(moved.render()).rejects.toThrow('/spec/none');
  });

  it('or a body that makes an event too large holds up no withdrawal', async () => {
    const moved = given().stored().placed('a');
    await moved.render();
    const body = { at: { case: 'blob' as const, value: { id: 'x'.repeat(70_000), sealed: true, namespace: 'shop' } } };
    moved.fold('ManifestStored', create(ManifestStoredSchema, { ref, generation: 2n, body }), ref).placed('b');
    expect(Object.entries(await moved.render())).toEqual([['a', expect.objectContaining({ type: 'ObjectWithdrawn' })]]);
    expect(Object.keys(await moved.render())).toEqual(['b']);
  });

  it('of what no override may change is left out, also when it was stored before that was refused', async () => {
    const renamed = { jsonPatch: [{ op: 'replace', path: '/metadata/name', value: 'other' }] };
    const placed = given()
      .fold('ManifestStored', override(renamed, ['a']), { uid: 'o1' })
      .stored()
      .placed('a');
    const { body, refusedOverrides } = (await placed.render())['a']!.data as ObjectDesired;
    expect(JSON.parse(Buffer.from(body!.at.value as Uint8Array).toString()).metadata.name).toBe('settings');
    expect(refusedOverrides).toEqual([
      expect.stringMatching(
        /^OverridePolicy edit: jsonPatch of \/metadata\/name is left out; an override cannot change/,
      ),
    ]);
  });

  it.each([
    [16_000, true, []],
    [
      70_000,
      false,
      [
        expect.stringMatching(
          /^OverridePolicy edit: labels and annotations are left out; .* 16384 bytes of them, not 70/,
        ),
      ],
    ],
  ])('that gives a Secret %i bytes of annotations: told with the Secret: %p', async (bytes, told, refused) => {
    const note = { annotations: { set: { note: 'x'.repeat(bytes) } } };
    const placed = given().fold('ManifestStored', override(note, ['a']), { uid: 'o1' });
    const body = { at: { case: 'blob' as const, value: { id: 'blob', sealed: true, namespace: 'shop' } } };
    placed.fold('ManifestStored', create(ManifestStoredSchema, { ref, generation: 1n, body }), ref).placed('a');
    const desired = (await placed.render())['a']!.data as ObjectDesired;
    expect([desired.body!.patch.byteLength > 0, desired.refusedOverrides]).toEqual([told, refused]);
  });
});
