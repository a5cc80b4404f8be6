import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { composeFile, syncerComposeFile } from './compose-file.ts';
import { INSTALLATION, readProcesses } from './processes.ts';

const list = readProcesses();
const text = composeFile(list);
const syncerText = syncerComposeFile(list);
const { services } = parse(text) as { services: Record<string, any> };

/** What is not there is an error, and not an empty folder that root owns from now on. */
const mounted = (folder: string) => ({
  type: 'bind',
  source: `\${SKERRY_SECRETS:?folder that \`skerry fleet init\` made}/${folder}`,
  target: '/run/skerry/secrets',
  read_only: true,
  bind: { create_host_path: false },
});

describe('the compose file', () => {
  it('is the one that the list of processes makes: else run npm run compose -w @skerry/all-in-one', () => {
    expect(readFileSync(`${INSTALLATION}deploy/compose.yaml`, 'utf8')).toBe(text);
    expect(readFileSync(`${INSTALLATION}deploy/compose-syncer.yaml`, 'utf8')).toBe(syncerText);
  });

  it('of a syncer is a project for each cluster, with the secrets of that cluster and as few rights', () => {
    const { name, services: syncers } = parse(syncerText);
    const cluster = '${SKERRY_CLUSTER:?name of a cluster that has joined}';
    expect(name).toBe(`skerry-${cluster}`);
    expect(syncers.syncer).toMatchObject({
      command: ['services/syncer/dist/main.js'],
      environment: { SKERRY_CLUSTER: cluster, SKERRY_HUB_URL: '${SKERRY_HUB:-https://gateway:6443}' },
      volumes: [mounted(`syncer-${cluster}`)],
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  it('starts every process of the hub and every job, beside PostgreSQL and NATS', () => {
    const hub = list.processes.filter((one) => !one.perCluster);
    const names = [...hub, ...list.jobs].map(({ name }) => name);
    expect(Object.keys(services).sort()).toEqual(['nats', 'postgres', ...names].sort());
    for (const { name, main } of hub) expect(services[name].command).toEqual([main]);
  });

  it('gives each process its own secrets, a read-only file system and no privilege; only loopback is published', () => {
    for (const { name } of list.processes.filter((one) => !one.perCluster)) {
      const service = services[name];
      expect(service.volumes).toEqual([mounted(name)]);
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });

  it('gives each job the files that it reads, one by one, and no other secret', () => {
    for (const { name, mounts } of list.jobs) {
      const files = mounts.flatMap(({ at, secrets }) =>
        secrets.flatMap(({ of, files }) =>
          files.map((file) => [`${of}/${file}`, at === 'all' ? `all/${of}/${file}` : `${at}/${file}`]),
        ),
      );
      const mounted = services[name].volumes.map(({ source, target, ...how }: Record<string, unknown>) => {
        // A file that is not there is an error, and not an empty folder that root owns from now on.
        expect(how).toEqual({ type: 'bind', read_only: true, bind: { create_host_path: false } });
        return [source, target];
      });
      expect(mounted).toEqual(
        files.map(([from, to]) => [
          `\${SKERRY_SECRETS:?folder that \`skerry fleet init\` made}/${from}`,
          `/run/skerry/${to}`,
        ]),
      );
    }
    const prepares = services.prepare.volumes.map(({ source }: { source: string }) => source.split('}/')[1]);
    expect(prepares).not.toContain('gateway/tls.key');
    expect(prepares).toHaveLength(
      list.jobs[0]!.mounts.flatMap(({ secrets }) => secrets.flatMap(({ files }) => files)).length,
    );
  });

  it('leaves no place in braces', () => {
    for (const file of [text, syncerText]) expect(file.replaceAll(/\$\{[^}]*\}/g, '')).not.toMatch(/[{}]\w/);
  });
});
