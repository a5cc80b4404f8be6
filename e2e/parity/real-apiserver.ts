import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@skerry/local/free-port';
import { Supervisor } from '@skerry/local/supervisor';
import { waitUntil } from '@skerry/local/wait-until';
import { locate } from '@skerry/native/locate';

/** A kube-apiserver with its etcd, for one suite. No controllers: they would change what the suite compares. */
export interface RealApiserver {
  readonly url: string;
  readonly token: string;
  readonly stop: () => Promise<void>;
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

function etcdArguments(folder: string, [client, peer]: readonly string[]): string[] {
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

function apiserverArguments(folder: string, { etcd, port }: { etcd: string; port: number }): string[] {
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

/** Starts etcd and kube-apiserver on free ports. The caller must accept the server's own certificate. */
export async function startRealApiserver(): Promise<RealApiserver> {
  const programs = await locate(['etcd', 'kube-apiserver'], { report: console.log });
  const folder = await mkdtemp(join(tmpdir(), 'skerry-parity-'));
  const token = 'parity-suite';
  const [client, peer, port] = (await freePorts(3)) as [number, number, number];
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(join(folder, 'sa.key'), privateKey.export({ type: 'sec1', format: 'pem' }));
  await writeFile(join(folder, 'tokens.csv'), `${token},admin,admin,system:masters\n`);
  const supervisor = new Supervisor(folder);
  const stop = async (): Promise<void> => {
    await supervisor.close();
    await rm(folder, { recursive: true, force: true });
  };
  const urls = [client, peer].map((number) => `http://127.0.0.1:${number}`);
  const log = (name: string): string => join(folder, `${name}.log`);
  try {
    const args = etcdArguments(folder, urls);
    supervisor.start({ name: 'etcd', command: programs.etcd.path, args, logFile: log('etcd') });
    const apiserver = supervisor.start({
      name: 'kube-apiserver',
      command: programs['kube-apiserver'].path,
      args: apiserverArguments(folder, { etcd: urls[0] ?? '', port }),
      logFile: log('kube-apiserver'),
      endBy: 'SIGKILL',
    });
    const url = `https://127.0.0.1:${port}`;
    const check = async (): Promise<true | undefined> => {
      apiserver.requireAlive();
      return (await answersReady(url, token)) ? true : undefined;
    };
    await waitUntil({ what: 'kube-apiserver', deadlineMs: 60_000, pauseMs: 100, check });
    return { url, token, stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}
