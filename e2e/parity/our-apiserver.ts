import { randomUUID } from 'node:crypto';
import { MemoryObjectStore } from '@skerry/adapters/memory/object-store';
import { createKubeServer } from '@skerry/kube-api/http';
import { createKubeApi } from '@skerry/kube-api/kube-api';
import { memberStrategies } from '@skerry/kube-api/member-strategies';
import type { KubeApiEnvironment } from '@skerry/kube-api/options';
import { generate } from 'selfsigned';

/** kube-api on the memory store behind https, for one suite. */
export interface OurApiserver {
  readonly url: string;
  readonly token: string;
  readonly certificate: string;
  readonly store: MemoryObjectStore;
  readonly stop: () => Promise<void>;
}

export const systemEnvironment: KubeApiEnvironment = {
  now: () => new Date(),
  newUid: () => randomUUID(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

async function selfSigned(): Promise<{ key: string; cert: string }> {
  const extensions = [{ name: 'subjectAltName' as const, altNames: [{ type: 7 as const, ip: '127.0.0.1' }] }];
  const made = await generate([{ name: 'commonName', value: 'skerry' }], { keyType: 'ec', extensions });
  return { key: made.private, cert: made.cert };
}

/** The API as a member cluster would have it: built-in kinds look as Kubernetes serialises them. */
export async function startOurApiserver(): Promise<OurApiserver> {
  const store = new MemoryObjectStore();
  const api = createKubeApi({
    store,
    environment: systemEnvironment,
    fillZeros: true,
    unknownFields: 'drop',
    checkNamespaces: true,
    strategies: memberStrategies,
  });
  await api.start();
  const tls = await selfSigned();
  const token = 'parity-suite';
  const authenticate = (given: string | undefined) => (given === token ? { name: 'admin' } : undefined);
  const server = createKubeServer({ api, tls, authenticate });
  const url = await server.listen(0);
  const stop = async (): Promise<void> => {
    await server.close(1_000);
    api.stop();
  };
  return { url, token, certificate: tls.cert, store, stop };
}
