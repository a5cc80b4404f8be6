import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inspect, locate } from './locate.ts';
import type { Environment } from './environment.ts';
import { programs } from './programs.ts';

let root: string;
let environment: Record<string, string>;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'skerry-native-'));
  // `sh` for the stand-ins; no Go and no network, so that nothing is made but by a stand-in for Go.
  environment = { PATH: `${join(root, 'path')}:/bin`, SKERRY_CACHE: join(root, 'cache'), SKERRY_OFFLINE: '1' };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A stand-in for a program that only tells its version. */
function program(path: string, version: string): string {
  return script(path, `echo "nats-server: v${version}"`);
}

function script(path: string, text: string): string {
  const file = join(root, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}

const find = async (more: Environment = {}) =>
  (await locate(['nats-server'], { environment: { ...environment, ...more } }))['nats-server'];

describe('a program is taken', () => {
  it('from the setting before PATH and cache, whatever its version', async () => {
    const named = program('named/my-nats', '1.0.0');
    program('path/nats-server', '2.15.2');
    program('cache/native/nats-server-2.15.2', '2.15.2');
    expect(await find({ SKERRY_NATIVE_NATS_SERVER: named })).toEqual({
      path: named,
      version: '1.0.0',
      source: 'setting',
    });
  });

  it('from the folder of the setting, and from elsewhere if it is not there', async () => {
    const inFolder = program('folder/nats-server', '2.14.0');
    const onPath = program('path/nats-server', '2.15.0');
    expect(await find({ SKERRY_NATIVE_DIR: join(root, 'folder') })).toMatchObject({ path: inFolder });
    expect(await find({ SKERRY_NATIVE_DIR: join(root, 'empty') })).toMatchObject({ path: onPath });
  });

  it('from PATH before the cache, if its version is one that we know to work', async () => {
    const onPath = program('path/nats-server', '2.14.1');
    program('cache/native/nats-server-2.15.2', '2.15.2');
    expect(await find()).toEqual({ path: onPath, version: '2.14.1', source: 'path' });
  });

  it('from the cache if the one on PATH is too old', async () => {
    program('path/nats-server', '2.9.0');
    const cached = program('cache/native/nats-server-2.15.2', '2.15.2');
    expect(await find()).toEqual({ path: cached, version: '2.15.2', source: 'cache' });
  });

  it('from a build with the flags of its publisher: the version that it tells, and what is left out', async () => {
    const log = join(root, 'arguments');
    script(
      'path/go',
      `echo "$@" >> ${log}; for name in helm promtool; do printf "#!/bin/sh\\n" > "$GOBIN/$name"; done`,
    );
    await locate(['helm', 'promtool'], { environment });
    const [helm, promtool] = readFileSync(log, 'utf8').split('\n');
    expect(helm).toContain(`version.version=v${programs.helm.version} helm.sh/helm/`);
    expect(promtool).toContain(`Version=${programs.promtool.version} -tags remove_all_sd github.com/prometheus/`);
  });

  it('that is a class in jars: from Maven, as a script beside them that gives Java what it was asked', async () => {
    const jars =
      'for one in "$@"; do case $one in -DoutputDirectory=*) mkdir "${one#*=}"; echo whole > "${one#*=}/a.jar";; esac; done';
    script('path/mvn', jars);
    script('java/bin/java', 'echo "$@"');
    const { path, source } = (await locate(['kafka-run-class'], { environment }))['kafka-run-class'];
    expect(source).toBe('build');
    expect(readFileSync(`${path}.jars/a.jar`, 'utf8')).toBe('whole\n');
    const said = execFileSync(path, ['kafka.Kafka', 'a b'], {
      env: { PATH: '/bin:/usr/bin', JAVA_HOME: join(root, 'java'), KAFKA_HEAP_OPTS: '-Xms1m -Xmx2m' },
      encoding: 'utf8',
    });
    expect(said).toBe(`-Xms1m -Xmx2m -cp ${path}.jars/* kafka.Kafka a b\n`);
    rmSync(`${path}.jars`, { recursive: true });
    expect((await locate(['kafka-run-class'], { environment }))['kafka-run-class'].source).toBe('build');
    expect(readFileSync(`${path}.jars/a.jar`, 'utf8')).toBe('whole\n');
  });

  it('from a build if it is nowhere, and from the cache the next time', async () => {
    script('path/go', 'printf "#!/bin/sh\\n" > "$GOBIN/nats-server"');
    const made = join(root, 'cache/native/nats-server-2.15.2');
    expect(await find()).toEqual({ path: made, version: '2.15.2', source: 'build' });
    expect(await find()).toEqual({ path: made, version: '2.15.2', source: 'cache' });
    expect(readdirSync(join(root, 'cache/native')).sort()).toEqual(['nats-server-2.15.2', 'nats-server-2.15.2.json']);
  });
});

describe('a program is not taken', () => {
  it('if the setting names no program: that is an error, not a search elsewhere', async () => {
    program('path/nats-server', '2.15.2');
    const named = join(root, 'nowhere');
    await expect(find({ SKERRY_NATIVE_NATS_SERVER: named })).rejects.toThrow(
      `SKERRY_NATIVE_NATS_SERVER=${named} is no executable file — correct or unset SKERRY_NATIVE_NATS_SERVER`,
    );
  });

  it('if it is missing and there is no Go: the error says what to install or which setting to give', async () => {
    await expect(find()).rejects.toThrow(
      /nats-server is missing and Go is not installed — install Go 1\.26 .* SKERRY_NATIVE_NATS_SERVER/,
    );
  });

  it('if it is missing and there is no Maven: the error names that instead', async () => {
    const nowhere = { ...environment, PATH: join(root, 'path') }; // /bin may have one
    await expect(locate(['kafka-run-class'], { environment: nowhere })).rejects.toThrow(
      /kafka-run-class is missing and Maven is not installed — install Maven 3\.6 .* SKERRY_NATIVE_KAFKA_RUN_CLASS/,
    );
  });

  it('from a build that failed, which leaves nothing behind', async () => {
    script('path/go', 'printf half > "$GOBIN/nats-server"; echo no space left >&2; exit 1');
    await expect(find()).rejects.toThrow(/could not build nats-server \(1\): no space left/);
    expect(readdirSync(join(root, 'cache/native'))).toEqual([]);
  });
});

describe('two at once', () => {
  it('build a program once', async () => {
    const log = join(root, 'builds');
    script('path/go', `echo built >> ${log}; sleep 0.3; printf "#!/bin/sh\\n" > "$GOBIN/nats-server"`);
    const found = await Promise.all([find(), find()]);
    expect(found.map(({ source }) => source).sort()).toEqual(['build', 'cache']);
  });
});

describe('an inspection', () => {
  it('says where it looked and what to do, and makes nothing', async () => {
    program('path/nats-server', '2.9.0');
    const [seen] = await inspect(['nats-server'], { environment });
    expect(seen).toMatchObject({ name: 'nats-server', wanted: '2.15.2' });
    expect(seen?.found).toBeUndefined();
    expect(seen?.steps.map(({ outcome }) => outcome.replaceAll(root, ''))).toEqual([
      'SKERRY_NATIVE_NATS_SERVER and SKERRY_NATIVE_DIR not set',
      '/path/nats-server is 2.9.0; wanted ≥ 2.12.0 and < 3.0.0',
      'no /cache/native/nats-server-2.15.2',
    ]);
    expect(seen?.remedy).toMatch(/install Go 1\.26 or newer/);
    expect(readdirSync(root)).toEqual(['path']);
  });
});
