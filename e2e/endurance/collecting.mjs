// Loaded into every process of the fleet (`--import`): once a minute it collects all garbage and adds a line of JSON with what is
// left to the file that LIVE_MEMORY_FILE names. From outside only the saw of a heap is seen: V8 lets it rise by half and more
// before it collects everything, so that neither a leak nor its absence can be told from it in two hours.
import { appendFileSync, readFileSync } from 'node:fs';

const EVERY_MS = 60_000;
const MIB = 2 ** 20;

const anonymousMib = () => {
  const found = /^Pss_Anon:\s+(\d+) kB/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'));
  return Number(found[1]) / 1_024;
};

const sample = () => {
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  const left = { liveMib: (heapUsed + external) / MIB, anonymousMib: anonymousMib() };
  appendFileSync(
    process.env.LIVE_MEMORY_FILE,
    `${JSON.stringify({ pid: process.pid, seconds: process.uptime(), ...left })}\n`,
  );
};

setInterval(sample, EVERY_MS).unref();
