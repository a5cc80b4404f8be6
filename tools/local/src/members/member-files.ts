import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { memberUsers, type MemberPlan, type MemberUser } from './plan.ts';

/** Where the files of one member are. */
export interface MemberFiles {
  readonly folder: string;
  readonly certificates: string;
  readonly tokens: string;
  readonly serviceAccountKey: string;
  readonly auditPolicy: string;
  readonly auditLog: string;
  /** The kubeconfig of a user, mode 600. Written once the API server has made its certificate. */
  kubeconfig(user: MemberUser): string;
  log(part: string): string;
}

export function filesOf(dir: string, name: string): MemberFiles {
  const folder = join(dir, name);
  return {
    folder,
    certificates: join(folder, 'certificates'),
    tokens: join(folder, 'tokens.csv'),
    serviceAccountKey: join(folder, 'service-account.key'),
    auditPolicy: join(folder, 'audit-policy.json'),
    auditLog: join(folder, 'audit.log'),
    kubeconfig: (user) => join(folder, `${user}.kubeconfig`),
    log: (part) => join(folder, `${part}.log`),
  };
}

/** Writes what the API server reads at its start. */
export function writeServerFiles(member: MemberPlan, files: MemberFiles): void {
  mkdirSync(files.certificates, { recursive: true, mode: 0o700 });
  const secret = { mode: 0o600 };
  writeFileSync(
    files.tokens,
    memberUsers.map((user) => `${member.tokens[user]},${user},${user},system:masters\n`).join(''),
    secret,
  );
  if (!existsSync(files.serviceAccountKey)) {
    // An elliptic key: made in a millisecond, an RSA one takes up to half a second.
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(files.serviceAccountKey, privateKey.export({ type: 'sec1', format: 'pem' }), secret);
  }
  const rules = [{ level: 'Metadata' }];
  const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules };
  writeFileSync(files.auditPolicy, JSON.stringify(policy));
}

/** The certificate that the API server made for itself at its first start; it is its own authority. */
export const authorityOf = (files: MemberFiles): string =>
  readFileSync(join(files.certificates, 'apiserver.crt'), 'utf8');

/** Writes a kubeconfig for every user, mode 600. */
export function writeKubeconfigs(member: MemberPlan, files: MemberFiles): void {
  const authority = Buffer.from(authorityOf(files)).toString('base64');
  for (const user of memberUsers) {
    const text = kubeconfig({ name: member.name, user, port: member.apiPort, token: member.tokens[user], authority });
    writeFileSync(files.kubeconfig(user), text, { mode: 0o600 });
  }
}

interface KubeconfigParts {
  readonly name: string;
  readonly user: string;
  readonly port: number;
  readonly token: string;
  readonly authority: string;
}

/** JSON is YAML too, so every reader of kubeconfigs takes it. */
function kubeconfig({ name, user, port, token, authority }: KubeconfigParts): string {
  const cluster = { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': authority };
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster }],
      users: [{ name: user, user: { token } }],
      contexts: [{ name, context: { cluster: name, user } }],
      'current-context': name,
    },
    undefined,
    2,
  );
}
