import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readHubAccess } from '@skerry/all-in-one/api/hub-access';
import { HubApi } from '@skerry/all-in-one/api/hub-api';
import { EXIT } from '../exit-codes.ts';
import { CliFailure } from '../failure.ts';
import type { World } from '../world.ts';

const IN_FOLDER = join('.skerry', 'hub', 'kubeconfig');

export interface HubOptions {
  readonly kubeconfig?: string;
}

/** The kubeconfig of the hub: as given, SKERRY_KUBECONFIG, or of a state folder here or above; undefined if there is none. */
export const findKubeconfig = (
  { environment, folder }: Pick<World, 'environment' | 'folder'>,
  { kubeconfig }: HubOptions,
): string | undefined => {
  const given = kubeconfig ?? environment['SKERRY_KUBECONFIG'];
  if (given) return resolve(folder, given);
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, IN_FOLDER);
    if (existsSync(path)) return path;
    if (at === dirname(at)) return undefined;
  }
};

/** Throws CliFailure when there is no hub. Asks it nothing yet. */
export const openHub = (world: World, options: HubOptions): HubApi => {
  const path = findKubeconfig(world, options);
  if (path === undefined) {
    throw new CliFailure('no hub found: run `npm start`, or give --kubeconfig FILE', EXIT.unreachable);
  }
  return new HubApi(readHubAccess(path));
};

/** Opens the hub, does something with it, and closes the connections whatever happens. */
export const withHub = async <T>(
  { world, options }: { readonly world: World; readonly options: HubOptions },
  use: (api: HubApi) => Promise<T>,
): Promise<T> => {
  const api = openHub(world, options);
  try {
    return await use(api);
  } finally {
    await api.close();
  }
};
