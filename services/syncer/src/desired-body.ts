import { memberManifest } from '@skerry/engines/rendering/render';
import type { Json } from '@skerry/engines/rendering/json-patch';
import type { HubSource } from '@skerry/ports/hub-source/hub-source';
import type { Order } from './desired-state.ts';

const isMap = (value: Json): value is { readonly [key: string]: Json } =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** RFC 7396. */
export const mergePatch = (target: Json, patch: Json): Json => {
  if (!isMap(patch)) return patch;
  const merged: Record<string, Json> = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key] ?? null, value);
  }
  return merged;
};

/** The object to apply. A sealed body comes as the hub stored it, so what a member must not get is taken out here. */
export const desiredObject = async (hub: HubSource, desired: Pick<Order, 'body' | 'ref'>): Promise<Json> => {
  const { body, ref } = desired;
  if (body!.at.case === 'inline') return parse(body!.at.value);
  const object = parse(await hub.body(ref!.uid));
  if (!body!.at.value!.sealed) return object;
  const patched = body!.patch.byteLength === 0 ? object : mergePatch(object, parse(body!.patch));
  return memberManifest(patched, ref!.uid);
};

const parse = (bytes: Uint8Array): Json => JSON.parse(new TextDecoder().decode(bytes)) as Json;
