import { text } from 'node:stream/consumers';
import { EXIT } from './exit-codes.ts';
import { run } from './run.ts';

/** A second Ctrl-C within this time is the same one: a terminal, npm and bin/skerry each pass it on. */
const SAME_STOP_MS = 3_000;
/** What a command that does not care for `stop` may still do. */
const END_WITHIN_MS = 500;

const { stdout, stderr, stdin, env } = process;
const stopping = new AbortController();
let isHeld = false;
let stoppedMs = 0;

const onSignal = (): void => {
  if (!stopping.signal.aborted) {
    stoppedMs = performance.now();
    stopping.abort();
    if (!isHeld) setTimeout(() => process.exit(EXIT.interrupted), END_WITHIN_MS).unref();
  } else if (performance.now() - stoppedMs > SAME_STOP_MS) {
    stderr.write('skerry: ending at once\n');
    process.exit(EXIT.interrupted); // children are ended by their supervisor's own hook
  }
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
// A reader that has seen enough (`| head`) is no failure.
stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.refused));

const code = await run(process.argv.slice(2), {
  out: (line) => void stdout.write(`${line}\n`),
  err: (line) => void stderr.write(`${line}\n`),
  environment: env,
  folder: process.cwd(),
  isTerminal: stdout.isTTY && env['TERM'] !== 'dumb',
  columns: () => stdout.columns ?? 100,
  rows: () => stdout.rows ?? 40,
  now: () => new Date(),
  readInput: () => text(stdin),
  stop: stopping.signal,
  holdExit: () => void (isHeld = true),
});
process.exitCode = code;
// What was interrupted in the middle (a compiler, say) must not keep this process.
if (isHeld) process.exit();
