import { existsSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { BUS_SERVICES } from '@skerry/adapters/jetstream/permissions';
import { environmentOf, INSTALLATION, readProcesses } from './processes.ts';

const { processes, everyProcess } = readProcesses();
const places = {
  secrets: '/s',
  host: '::',
  api: '6443',
  health: '8081',
  nats: 'nats://n',
  hub: 'https://h',
  cluster: 'c',
  logLevel: 'info',
};

describe('the list of processes', () => {
  it('names every service of the hub that has a user at NATS, and the syncer', () => {
    expect(processes.map(({ name }) => name)).toEqual([...BUS_SERVICES, 'syncer']);
  });

  it.each(processes)('$name has a source of its main', ({ main }) => {
    expect(existsSync(INSTALLATION + main.replace('/dist/', '/src/').replace('.js', '.ts'))).toBe(true);
  });

  it.each(processes)('$name names each of its secrets in its environment', ({ secrets, environment }) => {
    const named = Object.values(environment).flatMap((text) => /\{secrets\}\/(.+)/.exec(text)?.[1] ?? []);
    expect(named.sort()).toEqual([...secrets].sort());
  });

  it('every place in braces can be filled, and one that is not given is refused', () => {
    for (const process of processes) {
      const environment = environmentOf(process, { every: everyProcess, places });
      expect(Object.values(environment).join()).not.toMatch(/[{}]/);
    }
    expect(() => environmentOf(processes[0]!, { every: {}, places: {} })).toThrow(
      'nothing is given for {secrets} in "{secrets}/database-url"',
    );
  });
});
