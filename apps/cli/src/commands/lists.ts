import type { HubApi } from '@skerry/all-in-one/api/hub-api';
import { requireOk } from '../failure.ts';
import { age } from '../print/age.ts';
import type { Shown } from '../print/format.ts';

type List = (api: HubApi, now: Date) => Promise<Shown>;

const objectName = ({ namespace, kind, name }: any): string =>
  `${String(kind).toLowerCase()}/${name}${namespace ? ` -n ${namespace}` : ''}`;

/** What the hub says of the whole fleet that Kubernetes has no word for. */
export const readQuery = async (api: HubApi, what: string): Promise<any[]> =>
  requireOk(await api.call('GET', `/skerry/v1/${what}`), `get ${what}`).body as any[];

export const withdrawals: List = async (api, now) => {
  const all = await readQuery(api, 'withdrawals');
  return {
    value: all,
    names: all.map((one) => `${one.cluster}/${one.uid}`),
    none: 'no withdrawal waits: every cluster confirmed what it was told to remove',
    rows: [
      ['CLUSTER', 'OBJECT', 'CAUSE', 'FOR', 'STATE', 'MESSAGE'],
      ...all.map((one) => [one.cluster, objectName(one), one.cause, age(one.since, now), one.state, one.message]),
    ],
  };
};

export const orphans: List = async (api) => {
  const all = await readQuery(api, 'orphans');
  return {
    value: all,
    names: all.map((one) => `${one.cluster}/${one.uid}`),
    none: 'no orphans: every object in a member that carries our mark is desired',
    rows: [
      ['CLUSTER', 'OBJECT', 'UID', 'MESSAGE'],
      ...all.map((one) => [one.cluster, objectName(one), one.uid, one.message]),
    ],
  };
};

export const parked: List = async (api, now) => {
  const all = await readQuery(api, 'parked');
  return {
    value: all,
    names: all.map((one) => one.key),
    none: 'no key is parked',
    rows: [
      ['SERVICE', 'OBJECT', 'KEY', 'FOR', 'REASON'],
      ...all.map((one) => [one.service, one.name ? objectName(one) : '?', one.key, age(one.since, now), one.reason]),
    ],
  };
};

/** What `get` shows that is no resource of the Kubernetes API. */
export const LISTS: Readonly<Record<string, List>> = { withdrawals, orphans };
