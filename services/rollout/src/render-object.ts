import type { OverrideOperation } from '@skerry/api/override-policy/override-policy';
import { create } from '@skerry/contract/message';
import { type Body, BodySchema } from '@skerry/contract/generated/skerry/v1/common_pb';
import { apiVersionOf } from '@skerry/domain/manifest/facts';
import { type Json, PatchMismatch } from '@skerry/engines/rendering/json-patch';
import { operationsFor, overridesFor, render, type OverrideSource } from '@skerry/engines/rendering/render';
import { refusalOf, refusedOverrides } from '@skerry/engines/rendering/refused';
import { metadataPatch } from '@skerry/engines/rendering/sealed';
import { canonicalJson } from '@skerry/kernel/canonical';
import { TerminalFailure } from '@skerry/kernel/errors';
import type { Blobs } from '@skerry/ports/blobs/blobs';
import { hashOf } from '@skerry/runtime/hash';
import type { Rendering, RolloutState } from './rollout-state.ts';

export const INLINE_BYTES = 16 * 1024;

export interface Rendered {
  readonly body: Body;
  readonly hash: string;
  readonly basis: string;
}

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(canonicalJson(value));

/** What a rendering for one cluster reads: the same basis and count give the same bytes. */
export interface RenderPlan {
  readonly cluster: string;
  readonly told: number;
  readonly sources: readonly OverrideSource[];
  readonly operations: readonly OverrideOperation[];
  /** operations that the object cannot take, one line each */
  readonly refused: readonly string[];
  readonly basis: string;
}

const isSealed = ({ body }: Rendering): boolean => body?.at.case === 'blob' && body.at.value.sealed;

export const planRender = (
  state: RolloutState,
  { object, place }: { object: Rendering; place: { cluster: string; told: number } },
): RenderPlan => {
  const cluster = state.clusters.get(place.cluster);
  const sources = overridesOf(state, object);
  const sealed = isSealed(object);
  const taken = (cluster ? operationsFor(sources, cluster) : []).filter(
    (operation) => refusalOf(operation, sealed) === undefined,
  );
  const tooMuch = sealed ? tooLargePatch(sources, taken) : [];
  const operations = tooMuch.length > 0 ? [] : taken;
  const refused = [...tooMuch, ...(cluster ? refusedOverrides(sources, { cluster, sealed }) : [])];
  // what is refused counts only where there is something, so that the basis of all other objects stays what it was
  const read = [object.facts!.version, operations, ...(refused.length > 0 ? [refused] : [])];
  return { ...place, sources, operations, refused, basis: hashOf(canonicalJson(read)) };
};

/** The patch of a sealed body travels with the event. */
const tooLargePatch = (sources: readonly OverrideSource[], operations: readonly OverrideOperation[]): string[] => {
  const patch = metadataPatch(operations);
  const { byteLength } = patch === undefined ? new Uint8Array() : encode(patch);
  if (byteLength <= INLINE_BYTES) return [];
  const [{ kind, name }] = sources as [OverrideSource];
  const more = sources.length > 1 ? ` and ${sources.length - 1} more` : '';
  return [
    `${kind} ${name}${more}: labels and annotations are left out; of a Secret allowed: ${INLINE_BYTES} bytes of them, not ${byteLength}`,
  ];
};

/** What the cluster shall hold: template + overrides + told replicas. A sealed body stays sealed; only metadata is patched. */
export const renderObject = async (
  blobs: Blobs,
  { object, plan }: { object: Rendering; plan: RenderPlan },
): Promise<Rendered> => {
  const { facts, body } = object;
  const { basis, operations } = plan;
  if (body!.at.case === 'blob' && body!.at.value.sealed) {
    const patch = metadataPatch(operations);
    return { body: withPatch(body!, patch), hash: hashOf(canonicalJson([body!.at.value.id, patch ?? null])), basis };
  }
  const bytes = body!.at.case === 'inline' ? body!.at.value : await blobs.get(body!.at.value!);
  const replicas = facts!.hasReplicas ? plan.told : undefined;
  const rendered = encode(renderOrExplain({ bytes, uid: facts!.ref.uid, operations, replicas }, plan.sources));
  return { body: await store(blobs, rendered), hash: hashOf(rendered), basis };
};

const overridesOf = (state: RolloutState, { facts }: Rendering): readonly OverrideSource[] => {
  const { ref, labels } = facts!;
  const { kind, namespace, name } = ref;
  return overridesFor({ apiVersion: apiVersionOf(ref), kind, namespace, name, labels }, state.overrides.values());
};

type RenderArguments = Omit<Parameters<typeof render>[0], 'object'> & { bytes: Uint8Array };

const renderOrExplain = ({ bytes, ...input }: RenderArguments, sources: readonly OverrideSource[]): Json => {
  try {
    return render({ ...input, object: JSON.parse(new TextDecoder().decode(bytes)) as Json });
  } catch (error) {
    if (!(error instanceof PatchMismatch)) throw error;
    const names = sources.map((source) => `${source.kind} ${source.name}`).join(', ');
    throw new TerminalFailure(`${error.message} (from ${names})`, { code: 'override-mismatch', cause: error });
  }
};

const withPatch = (body: Body, patch: unknown): Body =>
  create(BodySchema, { at: body.at, patch: patch === undefined ? new Uint8Array() : encode(patch) });

const store = async (blobs: Blobs, bytes: Uint8Array): Promise<Body> => {
  if (bytes.byteLength <= INLINE_BYTES) return create(BodySchema, { at: { case: 'inline', value: bytes } });
  const blob = await blobs.put(bytes);
  return create(BodySchema, { at: { case: 'blob', value: { ...blob, $typeName: 'skerry.v1.BlobRef' } } });
};
