import type { HubApi } from '@skerry/all-in-one/api/hub-api';
import type { ServedResource } from '@skerry/all-in-one/api/served-resource';
import { EXIT } from '../exit-codes.ts';
import { CliFailure, usage } from '../failure.ts';
import { nearest } from '../print/suggest.ts';

/** A resource and the names of objects that were given with it. */
export interface Named {
  readonly resource: ServedResource;
  readonly names: readonly string[];
}

/** The resource that `text` means: plural, singular, short name, kind, each also with its group. Throws with a suggestion. */
export const resolveResource = async (api: HubApi, text: string): Promise<ServedResource> => {
  const asked = text.toLowerCase();
  const served = await api.resources();
  const found = served.find(({ names }) => names.includes(asked));
  if (found !== undefined) return found;
  const close = nearest(asked, [...new Set(served.flatMap(({ names }) => names))]);
  const hint = close === undefined ? '' : `; did you mean "${close}"?`;
  throw new CliFailure(`the hub serves no resource "${text}"${hint}`, EXIT.refused);
};

/** `deployment web`, `deployment/web`, or several of one resource. */
export const resolveNamed = async (api: HubApi, words: readonly string[]): Promise<Named> => {
  const [first = '', ...rest] = words;
  const slash = first.indexOf('/');
  if (slash < 0) return { resource: await resolveResource(api, first), names: rest };
  const pairs = words.map((word) => word.split('/') as [string, string | undefined]);
  const [kind] = pairs[0]!;
  const odd = pairs.find(([type, name]) => type !== kind || !name);
  if (odd !== undefined)
    throw usage(`"${odd.join('/')}": give all names of one resource, as ${kind}/NAME ${kind}/NAME`);
  return { resource: await resolveResource(api, kind), names: pairs.map(([, name]) => name!) };
};

/** Exactly one object. */
export const resolveOne = async (
  api: HubApi,
  words: readonly string[],
): Promise<{ resource: ServedResource; name: string }> => {
  const { resource, names } = await resolveNamed(api, words);
  if (names.length !== 1) throw usage(`give one object, as ${resource.singular} NAME or ${resource.singular}/NAME`);
  return { resource, name: names[0]! };
};
