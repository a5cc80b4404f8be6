import type { ManifestStored } from '@skerry/contract/generated/skerry/v1/manifest_pb';

/** The object of an inline body; undefined when the body is a blob. Throws on bytes that are no JSON. */
export const inlineObject = (data: ManifestStored): unknown =>
  data.body?.at.case === 'inline' ? JSON.parse(new TextDecoder().decode(data.body.at.value)) : undefined;
