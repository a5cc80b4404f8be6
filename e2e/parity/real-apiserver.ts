import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A kube-apiserver with its etcd, for one suite. */
export interface RealApiserver {
  readonly url: string;
  readonly token: string;
  readonly stop: () => Promise<void>;
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject()));
    });
  });
}

/** Its certificate is its own, made a moment ago: there is nobody to vouch for it. */
function answersReady(url: string, token: string): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { headers: { authorization: `Bearer ${token}` }, rejectUnauthorized: false, agent: false };
    const call = get(`${url}/readyz`, options, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode === 200));
    });
    call.once('error', () => resolve(false));
  });
}

async function untilReady(url: string, token: string, process: ChildProcess): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    if (process.exitCode !== null) throw new Error(`kube-apiserver ended with code ${process.exitCode}`);
    if (await answersReady(url, token)) return;
    if (Date.now() > deadline) throw new Error(`kube-apiserver at ${url} was not ready within 60 s`);
    await delay(200);
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exit;
  clearTimeout(killer);
}

function etcdArguments(folder: string, client: string, peer: string): string[] {
  return [
    '--name=parity',
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=parity=${peer}`,
    '--unsafe-no-fsync',
    '--log-level=error',
  ];
}

function apiserverArguments(folder: string, etcd: string, port: number): string[] {
  return [
    `--etcd-servers=${etcd}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${join(folder, 'certs')}`,
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.101.0.0/16',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(folder, 'sa.key')}`,
    `--service-account-signing-key-file=${join(folder, 'sa.key')}`,
    '--endpoint-reconciler-type=none',
    '--disable-admission-plugins=ServiceAccount,TaintNodesByCondition',
    '--enable-priority-and-fairness=false',
    '--event-ttl=10m',
  ];
}

/** Starts etcd and kube-apiserver from the given programs on free ports. The caller must accept its own certificate. */
export async function startRealApiserver(programs: { etcd: string; kubeApiserver: string }): Promise<RealApiserver> {
  const folder = await mkdtemp(join(tmpdir(), 'skerry-parity-'));
  const token = 'parity-suite';
  const [clientPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
  await writeFile(join(folder, 'tokens.csv'), `${token},admin,admin,system:masters\n`);
  execFileSync('openssl', ['genrsa', '-out', join(folder, 'sa.key'), '2048'], { stdio: 'ignore' });
  const etcdUrl = `http://127.0.0.1:${clientPort}`;
  const etcd = spawn(programs.etcd, etcdArguments(folder, etcdUrl, `http://127.0.0.1:${peerPort}`), {
    stdio: 'ignore',
  });
  const apiserver = spawn(programs.kubeApiserver, apiserverArguments(folder, etcdUrl, port), { stdio: 'ignore' });
  const url = `https://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    await ended(apiserver);
    await ended(etcd);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(url, token, apiserver);
  } catch (cause) {
    await stop();
    throw cause;
  }
  return { url, token, stop };
}
