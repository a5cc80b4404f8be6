import type { KubeServer, KubeServerOptions } from '@skerry/kube-api/http';

/** The gateways that listen, by the URL that they listen on. */
export const listening = new Map<string, KubeServerOptions>();

let ports = 0;

/** In the place of `@skerry/kube-api/http`: the thin shell over a KubeApi, without sockets. */
export function createKubeServer(options: KubeServerOptions): Pick<KubeServer, 'listen' | 'close'> {
  let url = '';
  return {
    listen: async () => {
      url = `sim://gateway-${(ports += 1)}`;
      listening.set(url, options);
      return url;
    },
    close: async () => void listening.delete(url),
  };
}
