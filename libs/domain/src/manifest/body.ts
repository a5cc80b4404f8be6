import type { Body } from '@skerry/contract/generated/skerry/v1/common_pb';
import type { ManifestStored } from '@skerry/contract/generated/skerry/v1/manifest_pb';

/** The object of an inline body; undefined when the body is a blob. Throws on bytes that are no JSON. */
export const inlineObject = (data: ManifestStored): unknown =>
  data.body?.at.case === 'inline' ? JSON.parse(new TextDecoder().decode(data.body.at.value)) : undefined;

/** For whoever keeps it: what is decoded of an event is a part of all that was read with it, and would keep that in memory. */
export const ownBody = (body: Body | undefined): Body | undefined =>
  body?.at.case === 'inline' ? { ...body, at: { case: 'inline', value: body.at.value.slice() } } : body;
