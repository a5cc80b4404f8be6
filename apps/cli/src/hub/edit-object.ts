import { type HubAnswer, type HubApi, MERGE_PATCH } from '@skerry/all-in-one/api/hub-api';
import { requireOk } from '../failure.ts';

const ATTEMPTS = 5;

/**
 * Reads, changes and writes: `change` returns a merge patch for what it was given, or nothing when it is so already.
 * The write carries the version that was read, and is tried anew when somebody else wrote in between.
 */
export const editObject = async (
  api: HubApi,
  { path, what, change }: { path: string; what: string; change: (object: any) => object | undefined },
): Promise<{ changed: boolean; object: any }> => {
  let answer: HubAnswer | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const { body: object } = requireOk(await api.call('GET', path), what);
    const patch = change(object) as { metadata?: object } | undefined;
    if (patch === undefined) return { changed: false, object };
    const metadata = { ...patch.metadata, resourceVersion: object.metadata.resourceVersion };
    const body = { ...patch, metadata };
    answer = await api.call('PATCH', `${path}?fieldManager=skerry-edit`, { body, type: MERGE_PATCH });
    if (answer.status !== 409) break;
  }
  return { changed: true, object: requireOk(answer!, what).body };
};
