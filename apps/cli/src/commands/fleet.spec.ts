import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { recordingWorld } from '../cli.spec-support.ts';
import { EXIT } from '../exit-codes.ts';
import { run } from '../run.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'skerry-fleet-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const init = async (...args: string[]) => {
  const { world, out, err } = recordingWorld({ folder });
  const database = ['--database', 'postgres://db:5432/skerry'];
  const code = await run(['fleet', 'init', 'secrets', ...database, ...args], world);
  return { code, out: out.join('\n'), err: err.join('\n') };
};
const read = (name: string): string => readFileSync(join(folder, 'secrets', name), 'utf8');
const server = (): unknown => parse(read('admin/kubeconfig')).clusters[0].cluster.server;

describe('skerry fleet init', () => {
  it('makes a kubeconfig that leads to loopback, and prints no secret', async () => {
    const { code, out } = await init('--host', 'hub-gateway');
    expect(code).toBe(EXIT.ok);
    expect(server()).toBe('https://127.0.0.1:6443');
    expect(out).toContain(join(folder, 'secrets', 'admin', 'kubeconfig'));
    expect(out).not.toContain(read('admin/admin.token'));
  });

  it('makes one that leads to --url, and a certificate that has its name', async () => {
    await init();
    await init('--url', 'https://hub.example:8443/');
    expect(server()).toBe('https://hub.example:8443');
    await init('--host', 'hub-gateway');
    expect(server()).toBe('https://hub.example:8443');
    const { subjectAltName } = new X509Certificate(read('gateway/tls.crt'));
    expect(subjectAltName).toMatch(/DNS:hub.example, DNS:hub-gateway/);
  });

  it.each(['http://hub.example', 'hub.example', 'https://u:p@hub.example', 'https://hub.example/api'])(
    'refuses --url %s and makes nothing',
    async (url) => {
      const { code, err } = await init('--url', url);
      expect(code).toBe(EXIT.usage);
      expect(err).toContain(`--url ${url}: allowed is https://host:port`);
      expect(() => read('nats.conf')).toThrow('ENOENT');
    },
  );
});
