import { describe, expect, it } from '@jest/globals';
import { identityOf } from '@skerry/native/process-identity';
import { runStage } from './stage.ts';

const sh = (script: string, deadlineMs = 10_000) =>
  runStage({ command: 'sh', args: ['-c', script], cwd: '/', deadlineMs });

describe('a stage', () => {
  it('passes with exit code 0 and keeps what was said', async () => {
    expect(await sh('echo out; echo err >&2')).toMatchObject({
      passed: true,
      output: expect.stringContaining('out\n'),
    });
  });

  it('fails with any other exit code', async () => {
    expect(await sh('exit 3')).toMatchObject({ passed: false });
  });

  it('is killed with all that it started at its deadline', async () => {
    const outcome = await sh('sleep 600 & echo $!; wait', 300);
    expect(outcome).toMatchObject({ passed: false, cause: 'not finished within 0.3 s' });
    expect(identityOf(Number(outcome.output.trim()))).toBeUndefined();
  });

  it('does not wait for a process that it left behind', async () => {
    const outcome = await sh('setsid sleep 5 & exit 0');
    expect(outcome.passed).toBe(true);
    expect(outcome.seconds).toBeLessThan(4);
  });

  it('gives way to others if it shall', async () => {
    const order = { command: 'sh', args: ['-c', 'nice'], cwd: '/', deadlineMs: 10_000 };
    expect((await runStage({ ...order, nice: 7 })).output).toBe('7\n');
    expect((await runStage(order)).output).toBe('0\n');
  });

  it('says so if its program is not there', async () => {
    const outcome = await runStage({ command: '/nowhere', args: [], cwd: '/', deadlineMs: 1_000 });
    expect(outcome).toMatchObject({ passed: false, cause: expect.stringContaining('ENOENT') });
  });
});
