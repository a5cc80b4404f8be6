import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryObjectStore } from '@skerry/adapters/memory/object-store';
import { createKubeServer } from '@skerry/kube-api/http';
import { createKubeApi } from '@skerry/kube-api/kube-api';
import type { KubeApiEnvironment } from '@skerry/kube-api/options';

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
  const folder = await mkdtemp(join(tmpdir(), 'skerry-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=skerry', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key];
  execFileSync('openssl', ['req', '-x509', ...newKey, '-out', cert, '-days', '2', ...subject], { stdio: 'ignore' });
  const pair = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
  await rm(folder, { recursive: true });
  return pair;
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
