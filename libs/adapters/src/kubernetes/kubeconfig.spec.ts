import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
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
      serverName: undefined,
      ca: 'an authority',
      token: 'a-token',
      clientCertificate: undefined,
      clientKey: undefined,
      skipTlsVerify: false,
    });
  });

  it('may name files; what stands in it goes before them, but a token', async () => {
    const cluster = {
      'certificate-authority': file('ca', 'an authority'),
      'insecure-skip-tls-verify': true,
      'tls-server-name': 'api.example',
    };
    const user = {
      'client-certificate-data': base64('a certificate'),
      'client-certificate': join(folder, 'missing'),
      'client-key': file('key', 'a key'),
      tokenFile: file('token', 'a-token\n'),
      token: 'an-older-one',
    };
    expect(await readAccess(kubeconfig({ cluster, user }))).toEqual({
      server: 'https://127.0.0.1:6443',
      serverName: 'api.example',
      ca: 'an authority',
      clientCertificate: 'a certificate',
      clientKey: 'a key',
      token: 'a-token',
      skipTlsVerify: true,
    });
  });

  it('takes merge keys, as kubectl does, and a user who is nobody', async () => {
    const text = `
base: &base { token: a-token }
current-context: "1"
contexts: [{ name: 1, context: { cluster: near, user: me } }]
clusters: [{ name: near, cluster: { server: "https://127.0.0.1:6443" } }]
users: [{ name: me, user: { <<: *base } }, { name: nobody, user: }]
`;
    expect((await readAccess(text)).token).toBe('a-token');
    expect((await readAccess(text.replace('user: me', 'user: nobody'))).token).toBeUndefined();
  });

  it('is not quoted in what the parser says of it, not even as a warning', async () => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const text = kubeconfig({}).replace('"user":{}', '"user":{"token":!secret "abcSECRET"}');
    await readAccess(text);
    await expect(readAccess(`${text} }}`)).rejects.toMatchObject({ cause: undefined });
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
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
    ['without a server', kubeconfig({ cluster: { server: '' } }), 'cluster "near" has no server'],
    [
      'with a login program',
      kubeconfig({ user: { exec: { command: 'log-in' } } }),
      'its user has exec: login programs are not run here; give it a token or a client certificate',
    ],
    [
      'that impersonates',
      kubeconfig({ user: { token: 'a', as: 'root' } }),
      'its user has as: nobody is impersonated here; give it a user of its own',
    ],
    [
      'with a password',
      kubeconfig({ user: { username: 'me', password: 'secret' } }),
      'its user has username: API servers take no passwords any more; give it a token or a client certificate',
    ],
    [
      'with a proxy',
      kubeconfig({ cluster: { 'proxy-url': 'http://proxy' } }),
      'its cluster has proxy-url: proxies are not used here',
    ],
    ['whose token is a number', kubeconfig({ user: { token: 7 } }), 'its token is no text: put it in quotes'],
  ])('%s is refused, and it is said why', async (_what, text, why) => {
    const refusal = readAccess(text);
    await expect(refusal).rejects.toMatchObject({ code: 'kubeconfig-invalid' });
    await expect(refusal).rejects.toThrow(`the kubeconfig cannot be used: ${why}`);
  });
});
