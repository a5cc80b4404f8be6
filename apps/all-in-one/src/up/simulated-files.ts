import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryObjectStore } from '@skerry/adapters/memory/object-store';
import type { ClusterDump } from '@skerry/cluster-sim/cluster-sim';
import { type ClusterSnapshot, restoreInto, startVersionAfter, toSnapshot } from '@skerry/cluster-sim/snapshot';
import { generate } from 'selfsigned';

/** What simulated clusters keep from one start to the next. Files of mode 600: Secrets are among the objects. */
export interface SimulatedFiles {
  readonly ca: string;
  readonly tls: { readonly cert: string; readonly key: string };
  readonly token: string;
  /** 0 at the first start */
  portOf(cluster: string): number;
  rememberPort(cluster: string, port: number): void;
  /** a store with what was saved in it; empty at the first start */
  openStore(cluster: string): Promise<MemoryObjectStore>;
  /** whole or not at all: a kill in the middle leaves what was there before */
  save(cluster: string, dump: ClusterDump): Promise<void>;
}

const YEARS_10_MS = 10 * 365 * 24 * 3_600_000;

export const openSimulatedFiles = async (dir: string, report: (line: string) => void): Promise<SimulatedFiles> => {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = (name: string): string => join(dir, name);
  // The token is written last: with it, all the others are there.
  if (!existsSync(path('token'))) await makeCredentials(path);
  const read = (name: string): string => readFileSync(path(name), 'utf8');
  return {
    ca: read('ca.crt'),
    tls: { cert: read('server.crt'), key: read('server.key') },
    token: read('token'),
    portOf: (cluster) => (existsSync(path(`${cluster}.port`)) ? Number(read(`${cluster}.port`)) : 0),
    rememberPort: (cluster, port) => write(path(`${cluster}.port`), String(port)),
    openStore: (cluster) => openStore(path(`${cluster}.json`), report),
    save: (cluster, dump) => save(path(`${cluster}.json`), dump),
  };
};

const openStore = async (path: string, report: (line: string) => void): Promise<MemoryObjectStore> => {
  if (!existsSync(path)) return new MemoryObjectStore();
  let snapshot: ClusterSnapshot;
  try {
    snapshot = JSON.parse(readFileSync(path, 'utf8')) as ClusterSnapshot;
  } catch {
    // A machine that lost power may leave an empty file. The hub knows what has to be in the cluster.
    report(`${path} cannot be read: the simulated cluster begins empty`);
    return new MemoryObjectStore();
  }
  const store = new MemoryObjectStore({ startVersion: startVersionAfter(snapshot) });
  await restoreInto(store, snapshot);
  return store;
};

const save = async (path: string, dump: ClusterDump): Promise<void> => {
  await writeFile(`${path}.new`, JSON.stringify(toSnapshot(dump)), { mode: 0o600 });
  await rename(`${path}.new`, path);
};

const write = (path: string, text: string): void => {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
};

const makeCredentials = async (path: (name: string) => string): Promise<void> => {
  const shared = {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + YEARS_10_MS),
  } as const;
  const ca = await generate([{ name: 'commonName', value: 'skerry-simulated-ca' }], {
    ...shared,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: 'skerry-simulated-member' }], {
    ...shared,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  });
  write(path('ca.crt'), ca.cert);
  write(path('server.crt'), server.cert);
  write(path('server.key'), server.private);
  write(path('token'), randomBytes(32).toString('base64url'));
};
