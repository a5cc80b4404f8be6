import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { programs } from './programs.ts';
import { isAccepted } from './version.ts';

describe('a program on PATH', () => {
  it.each([
    ['kube-apiserver', '1.36.0', true],
    ['kube-apiserver', '1.36.12', true],
    ['kube-apiserver', '1.35.9', false],
    ['kube-apiserver', '1.37.0', false],
    ['nats-server', '2.9.25', false],
    ['nats-server', '2.12.0', true],
    ['nats-server', '3.0.0', false],
    ['etcd', '3.10.0', true],
  ] as const)('%s %s: accepted %s', (name, version, accepted) => {
    expect(isAccepted(programs[name], version)).toBe(accepted);
  });

  it('Kafka is of the version that its pom.xml asks for', () => {
    const pom = readFileSync(new URL('../kafka/pom.xml', import.meta.url), 'utf8');
    const [, asked] = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>(.*)<\/version>/.exec(pom) ?? [];
    expect(asked).toBe(programs['kafka-run-class'].version);
  });

  it('of the pinned version is always accepted', () => {
    expect(Object.values(programs).filter((program) => !isAccepted(program, program.version))).toEqual([]);
  });
});
