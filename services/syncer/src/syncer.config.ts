import { processSettings } from '@skerry/boot/process-settings';
import { optional, secret, text, url, type ValuesOf } from '@skerry/boot/settings';

/** What the syncer of one cluster can be told by its environment. */
export const syncerSettings = {
  ...processSettings,
  SKERRY_CLUSTER: text('name of the Cluster object that it drives'),
  SKERRY_HUB_URL: url('the gateway', ['https']),
  SKERRY_HUB_CA: secret('certificates that the gateway is trusted by, PEM'),
  SKERRY_TOKEN: secret('token of this cluster at the gateway'),
  SKERRY_KUBECONFIG: optional(
    text(
      'where the kubeconfig of the member is: a path, `in-cluster` (the service account of this pod), or `hub` (default): the Secret that the Cluster object names',
    ),
  ),
};

export type SyncerSettings = ValuesOf<typeof syncerSettings>;
