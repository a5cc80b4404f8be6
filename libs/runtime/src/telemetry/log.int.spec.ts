import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const logModule = join(import.meta.dirname, 'log.ts');

/** In a process of its own: what a log does at the end of a process is what is tested. */
const run = (file: string) =>
  spawnSync(
    process.execPath,
    [
      ...['--disable-warning=ExperimentalWarning', '--conditions=source', '--input-type=module', '-e'],
      `import { createLog } from ${JSON.stringify(logModule)};
       const log = createLog({ level: 'info', file: ${JSON.stringify(file)}, service: 'hub' });
       for (let n = 1; n <= 3; n++) { log.info({ n }, 'a line'); await new Promise((next) => setImmediate(next)); }
       log.info({ n: 4 }, 'the last one');`,
    ],
    { encoding: 'utf8', timeout: 10_000 },
  );

describe('the log of a hub', () => {
  it('is in its file to the last line when the process has ended', () => {
    const folder = mkdtempSync(join(tmpdir(), 'skerry-log-'));
    const { status, stderr } = run(join(folder, 'logs', 'hub.log'));
    const lines = readFileSync(join(folder, 'logs', 'hub.log'), 'utf8')
      .trimEnd()
      .split('\n');
    rmSync(folder, { recursive: true });
    expect([status, stderr]).toEqual([0, '']);
    expect(lines.map((line) => JSON.parse(line).n)).toEqual([1, 2, 3, 4]);
  });

  it('on a full disk loses lines, says so once, and keeps nobody from going on and from ending', () => {
    const { status, signal, stderr } = run('/dev/full');
    expect([status, signal]).toEqual([0, null]);
    expect(stderr.match(/the log cannot be written, lines are lost: .*ENOSPC/g)).toHaveLength(1);
  });
});
