import { spawn } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SKERRY = fileURLToPath(new URL('../../bin/skerry', import.meta.url));
const RUNS = 5;
const DEADLINE_MS = 60_000;
const AVAILABLE = 'sample application Available';

/** Seconds from the start of `bin/skerry up --fresh` until the sample is Available in three simulated clusters: median of 5. */
export const measureStart = async (dir: string): Promise<number> => {
  chmodSync(dir, 0o755); // else, as root, PostgreSQL's part would lie elsewhere
  const seconds: number[] = [];
  for (let run = 0; run < RUNS; run += 1) seconds.push(await startOnce(join(dir, 'state')));
  return seconds.sort((a, b) => a - b)[Math.floor(RUNS / 2)]!;
};

const startOnce = async (stateDir: string): Promise<number> => {
  const startMs = performance.now();
  const child = spawn(SKERRY, ['up', '--fresh', '--dir', stateDir], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const deadline = setTimeout(() => child.kill('SIGTERM'), DEADLINE_MS);
  let said = '';
  let availableMs: number | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (availableMs !== undefined || !said.includes(AVAILABLE)) return;
      availableMs = performance.now();
      child.kill('SIGTERM');
    });
  }
  await ended;
  clearTimeout(deadline);
  if (availableMs === undefined) throw new Error(`the sample was not Available within ${DEADLINE_MS} ms:\n${said}`);
  return (availableMs - startMs) / 1_000;
};
