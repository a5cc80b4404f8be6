import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readAccess } from './kubeconfig.ts';

const folder = mkdtempSync(join(tmpdir(), 'skerry-kubeconfig-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const kubeconfig = ({
  cluster = {},
  user = {},
  more = {},
}: {
  cluster?: object;
  user?: object;
  more?: object;
}): string =>
  JSON.stringify({
    'current-context': 'here',
    contexts: [
      { name: 'elsewhere', context: { cluster: 'far', user: 'somebody' } },
      { name: 'here', context: { cluster: 'near', user: 'me' } },
    ],
    clusters: [{ name: 'near', cluster: { server: 'https://127.0.0.1:6443', ...cluster } }],
    users: [{ name: 'me', user }],
    ...more,
  });

describe('a kubeconfig', () => {
  it('gives the server and the login of its current context, in YAML too', async () => {
    const text = `
current-context: here
contexts:
- name: here
  context: { cluster: near, user: me }
clusters:
- name: near
  cluster:
    server: https://127.0.0.1:6443
    certificate-authority-data: ${base64('an authority')}
users:
- name: me
  user: { token: a-token }
`;
    expect(await readAccess(text)).toEqual({
      server: 'https://127.0.0.1:6443',
      ca: 'an authority',
      token: 'a-token',
      clientCertificate: undefined,
      clientKey: undefined,
      skipTlsVerify: false,
    });
  });

  it('may name files; what stands in it goes before them', async () => {
    const cluster = { 'certificate-authority': file('ca', 'an authority'), 'insecure-skip-tls-verify': true };
    const user = {
      'client-certificate-data': base64('a certificate'),
      'client-certificate': join(folder, 'missing'),
      'client-key': file('key', 'a key'),
      tokenFile: file('token', 'a-token\n'),
    };
    expect(await readAccess(kubeconfig({ cluster, user }))).toEqual({
      server: 'https://127.0.0.1:6443',
      ca: 'an authority',
      clientCertificate: 'a certificate',
      clientKey: 'a key',
      token: 'a-token',
      skipTlsVerify: true,
    });
  });

  it.each<[string, string, string]>([
    ['that is no YAML', '{ token: secret', 'it is neither YAML nor JSON'],
    ['that is a list', '[]', 'it is no object'],
    ['without a current context', kubeconfig({ more: { 'current-context': '' } }), 'it has no current-context'],
    [
      'whose context is missing',
      kubeconfig({ more: { 'current-context': 'there' } }),
      'context "there" is not among its contexts: "elsewhere", "here"',
    ],
    [
      'whose cluster is missing',
      kubeconfig({ more: { clusters: [] } }),
      'cluster "near" is not among its clusters: there are none',
    ],
    [
      'whose user is missing',
      kubeconfig({ more: { users: 'me' } }),
      'user "me" is not among its users: there are none',
    ],
    ['without a server', kubeconfig({ cluster: { server: 7 } }), 'cluster "near" has no server'],
    [
      'with a login program',
      kubeconfig({ user: { exec: { command: 'log-in' } } }),
      'its user logs in by exec, which is not run here; give it a token or a client certificate',
    ],
  ])('%s is refused, and it is said why', async (_what, text, why) => {
    const refusal = readAccess(text);
    await expect(refusal).rejects.toMatchObject({ code: 'kubeconfig-invalid' });
    await expect(refusal).rejects.toThrow(`the kubeconfig cannot be used: ${why}`);
  });
});
