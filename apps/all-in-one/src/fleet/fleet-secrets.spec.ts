import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { FleetSecrets } from './fleet-secrets.ts';

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'skerry-secrets-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const make = (hosts: readonly string[] = []) =>
  FleetSecrets.make({ dir, databaseUrl: 'postgres://db:5432/skerry', hosts });
const namesOf = async (hosts: readonly string[]): Promise<string> => {
  await make(hosts);
  return new X509Certificate(readFileSync(join(dir, 'gateway', 'tls.crt'))).subjectAltName!;
};

describe('secrets of a fleet', () => {
  it('that are made again keep every password, and the users at NATS of clusters that are not named this time', async () => {
    const before = (await make()).busUsers(['north']);
    const after = (await make()).busUsers(['south']);
    expect(after.map(({ user }) => user)).toEqual([...before.map(({ user }) => user), 'syncer-south']);
    expect(after.slice(0, before.length)).toEqual(before);
  });

  it('give the gateway a certificate for each name that it was ever given, of one CA', async () => {
    expect(await namesOf(['hub-gateway'])).toContain('DNS:hub-gateway');
    const ca = readFileSync(join(dir, 'admin', 'ca.crt'), 'utf8');
    const names = await namesOf(['hub.example']);
    expect(names).toContain('DNS:hub-gateway');
    expect(names).toContain('DNS:hub.example');
    expect(readFileSync(join(dir, 'admin', 'ca.crt'), 'utf8')).toBe(ca);
    const certificate = new X509Certificate(readFileSync(join(dir, 'gateway', 'tls.crt')));
    expect(certificate.verify(new X509Certificate(ca).publicKey)).toBe(true);
  });

  it('lead an administrator to loopback, and then to where the gateway is said to be', async () => {
    const secrets = await make();
    const serverAfter = (url: string | undefined): unknown =>
      parse(readFileSync(secrets.makeKubeconfig(url), 'utf8')).clusters[0].cluster.server;
    expect(serverAfter(undefined)).toBe('https://127.0.0.1:6443');
    expect(serverAfter('https://hub.example')).toBe('https://hub.example');
    expect(serverAfter(undefined)).toBe('https://hub.example');
  });

  it('name an address as an address, once', async () => {
    await make(['10.0.0.5', 'fd00::5']);
    const certificate = new X509Certificate(readFileSync(join(dir, 'gateway', 'tls.crt')));
    expect(certificate.checkIP('10.0.0.5')).toBe('10.0.0.5');
    expect(certificate.checkIP('fd00::5')).toBeDefined();
    await make(['10.0.0.5', 'fd00::5', 'hub.example']);
    const again = new X509Certificate(readFileSync(join(dir, 'gateway', 'tls.crt')));
    expect(again.subjectAltName!.match(/10\.0\.0\.5|127\.0\.0\.1/g)).toEqual(['127.0.0.1', '10.0.0.5']);
    expect(again.checkIP('fd00::5')).toBeDefined();
  });

  it('are not made for another database while logins for the first are there', async () => {
    await make();
    const elsewhere = FleetSecrets.make({ dir, databaseUrl: 'postgres://postgres:5432/skerry' });
    await expect(elsewhere).rejects.toMatchObject({ code: 'other-database' });
    await expect(elsewhere).rejects.toThrow('for the database at db:5432/skerry, not postgres:5432/skerry');
  });

  it('are readable for their owner alone', async () => {
    const secrets = await make();
    secrets.makeKubeconfig(undefined);
    const files = ['gateway/master.key', 'gateway/tls.key', 'relay/nats-password', 'admin/admin.token'];
    for (const file of [...files, 'admin/kubeconfig']) {
      expect([file, statSync(join(dir, file)).mode & 0o077]).toEqual([file, 0]);
    }
  });
});
