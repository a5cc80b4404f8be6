import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const repository = join(import.meta.dirname, '../../../..');
const bootstrap = join(repository, 'tools/bootstrap');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skerry-bootstrap-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const handOverTo = (script: string): string[] => [
  '--input-type=module',
  '-e',
  `import { handOver, exitWith } from ${JSON.stringify(join(bootstrap, 'run.mjs'))};
   await exitWith(() => handOver(process.execPath, ['-e', ${JSON.stringify(script)}], { cwd: '/' }));`,
];

describe('a program that was handed over to', () => {
  it('gives its exit code', () => {
    expect(spawnSync(process.execPath, handOverTo('process.exitCode = 7')).status).toBe(7);
  });

  it('gives 128 + 9 when it was killed', () => {
    expect(spawnSync(process.execPath, handOverTo('process.kill(process.pid, "SIGKILL")')).status).toBe(137);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('gets %s', async (signal) => {
    const script = `process.on('${signal}', () => process.exit(42)); setInterval(() => 0, 1000); console.log('up')`;
    const outer = spawn(process.execPath, handOverTo(script), { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(outer.stdout, 'data');
    outer.kill(signal);
    expect(await once(outer, 'exit')).toEqual([42, null]);
  });
});

/** What `install` does in a folder with these two records, with a stand-in for npm that notes its arguments. */
function install(wanted: object, installed: object | undefined): { npm: string; said: string; status: number | null } {
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: wanted }));
  mkdirSync(join(folder, 'node_modules'));
  if (installed !== undefined) {
    writeFileSync(join(folder, 'node_modules/.package-lock.json'), JSON.stringify({ packages: installed }));
  }
  mkdirSync(join(folder, 'path'));
  writeFileSync(join(folder, 'path/npm'), `#!/bin/sh\necho "$@" > ${folder}/npm-was-asked\n`, { mode: 0o755 });
  const script = `import { install } from ${JSON.stringify(join(bootstrap, 'install.mjs'))}; install(${JSON.stringify(folder)});`;
  const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { PATH: `${join(folder, 'path')}:/bin` },
    encoding: 'utf8',
  });
  return { npm: read(join(folder, 'npm-was-asked')), said: stderr, status };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return ''; // npm was not asked
  }
}

const one = { 'node_modules/one': { version: '1.0.0' } };

describe('an installation', () => {
  it('is left alone if npm has installed just these versions', () => {
    const wanted = { '': {}, 'libs/own': {}, ...one, 'node_modules/elsewhere': { version: '1.0.0', optional: true } };
    expect(install(wanted, one)).toEqual({ npm: '', said: '', status: 0 });
    expect(read(join(folder, 'node_modules/.skerry-lock-hash'))).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['another version', { 'node_modules/one': { version: '1.0.1' } }],
    ['less', {}],
    ['nothing', undefined],
  ])('is made anew if npm has installed %s', (_what, installed) => {
    const { npm, said } = install(one, installed);
    expect(npm).toMatch(/^ci /);
    expect(said).toMatch(/Installing packages with npm ci/);
  });
});

describe('bin/skerry', () => {
  it('finds its repository by a symbolic link, from any folder', () => {
    // A small repository with the real script and a stand-in for what it calls.
    mkdirSync(join(folder, 'repository/bin'), { recursive: true });
    mkdirSync(join(folder, 'repository/tools/bootstrap'), { recursive: true });
    for (const file of ['skerry', 'package.json'])
      cpSync(join(repository, 'bin', file), join(folder, 'repository/bin', file));
    writeFileSync(join(folder, 'repository/package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'repository/tools/bootstrap/cli.mjs'), 'console.log(process.cwd(), process.argv[2]);');
    symlinkSync(join(folder, 'repository/bin/skerry'), join(folder, 'link'));
    const { stdout } = spawnSync(join(folder, 'link'), ['get'], { cwd: '/', encoding: 'utf8' });
    expect(stdout).toBe('/ get\n');
  });
});

describe('npm test', () => {
  it('says which names it knows when asked for one that it does not', () => {
    const args = ['--conditions=source', join(repository, 'tools/checks/src/main.ts'), 'unti'];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringMatching(/"unti" is none of: lockfile, build,/),
    });
  });
});
