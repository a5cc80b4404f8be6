import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { TerminalFailure, TransientFailure } from '@skerry/kernel/errors';
import { ToolFailure } from '@skerry/native/tool-failure';
import { parseManifests } from './apply/read-manifests.ts';
import { recordingWorld } from './cli.spec-support.ts';
import type { ProgramName } from '@skerry/native/programs';
import { programFinding } from './doctor/findings.ts';
import { EXIT } from './exit-codes.ts';
import { CliFailure, explain } from './failure.ts';
import { findKubeconfig } from './hub/find-hub.ts';
import { parseTaint, withoutTaint, withTaint } from './hub/taints.ts';
import { run } from './run.ts';
import { newScreen } from './up/screen.ts';

describe('a command line that is wrong', () => {
  it.each([
    [['clustres'], 'Did you mean clusters?'],
    [['get'], "missing required argument 'resource'"],
    [['get', 'cm', '--colour'], "unknown option '--colour'"],
    [['scale', 'deploy/web', '--replicas', '-1'], 'a whole number of 0 or more'],
    [['up', '--port', '0'], 'a number from 1 to 65535'],
    [['clusters', 'join', 'a', '--kubeconfig', 'f', '--label', 'x'], 'key=value is wanted'],
    [['confirm'], 'Usage: skerry confirm'],
  ])('%j ends with exit code 2 and says what is wrong', async (args, text) => {
    const { world, out, err } = recordingWorld();
    expect(await run(args, world)).toBe(EXIT.usage);
    expect(err.join('\n')).toContain(text);
    expect(out).toEqual([]);
  });
});

describe('help', () => {
  it('is no failure, goes to standard output, and names the exit codes', async () => {
    const { world, out, err } = recordingWorld();
    expect(await run([], world)).toBe(EXIT.ok);
    expect(await run(['apply', '--help'], world)).toBe(EXIT.ok);
    expect(out.join('\n')).toMatch(/Exit codes:\n {2}0 +done/);
    expect(err).toEqual([]);
  });
});

describe('a failure', () => {
  const at = (code: string): NodeJS.ErrnoException => Object.assign(new Error(`listen ${code}`), { code, errno: -98 });
  it.each([
    [new CliFailure('no', EXIT.partly), 'no', EXIT.partly],
    [new ToolFailure('in use', 'stop it'), 'in use — stop it', EXIT.machine],
    [
      new TransientFailure('gone', { cause: at('ECONNREFUSED') }),
      'gone: is it running? `npm start` starts it',
      EXIT.unreachable,
    ],
    [new TerminalFailure('step 3 failed', { code: 'story' }), 'step 3 failed', EXIT.story],
    [new TerminalFailure('stopped', { code: 'interrupted' }), 'stopped', EXIT.interrupted],
    [
      at('EADDRINUSE'),
      'listen EADDRINUSE — another program listens there: end it, or choose another port with --port',
      EXIT.machine,
    ],
    [new Error('oops'), 'this is a bug in Skerry: oops (SKERRY_DEBUG=1 shows where)', EXIT.bug],
  ])('%s is one message with what to do, and its exit code', (error, message, exitCode) => {
    expect(explain(error, { debug: false })).toEqual({ message, exitCode });
  });
  it('that is a bug shows its stack only when asked', () => {
    expect(explain(new Error('oops'), { debug: false }).message).not.toContain('\n');
    expect(explain(new Error('oops'), { debug: true }).message).toContain('\n    at ');
  });
});

describe('the hub is found', () => {
  it('by option before setting before the nearest folder above', () => {
    const root = mkdtempSync(join(tmpdir(), 'skerry-find-'));
    const folder = join(root, 'a', 'b');
    mkdirSync(join(root, '.skerry', 'hub'), { recursive: true });
    mkdirSync(folder, { recursive: true });
    expect(findKubeconfig({ environment: {}, folder }, {})).toBeUndefined();
    const inFolder = join(root, '.skerry', 'hub', 'kubeconfig');
    writeFileSync(inFolder, '');
    const environment = { SKERRY_KUBECONFIG: '../set' };
    expect(findKubeconfig({ environment: {}, folder }, {})).toBe(inFolder);
    expect(findKubeconfig({ environment, folder }, {})).toBe(join(root, 'a', 'set'));
    expect(findKubeconfig({ environment, folder }, { kubeconfig: 'given' })).toBe(join(folder, 'given'));
    rmSync(root, { recursive: true });
  });
});

describe('manifests', () => {
  it('know their document and line, also behind comments', () => {
    const text = '# a\n---\napiVersion: v1\nkind: A\nmetadata: { name: a }\n---\n# only a comment\n---\n- list\n';
    expect(parseManifests('f', text).map(({ document, line, fault }) => [document, line, fault?.message])).toEqual([
      [1, 3, undefined],
      [3, 9, 'an object is wanted, as apiVersion: …, kind: …, metadata: …'],
    ]);
  });
  it('of kind List are the objects in it', () => {
    const text =
      '{"kind":"List","apiVersion":"v1","items":[{"apiVersion":"v1","kind":"A","metadata":{"name":"a"}},{"kind":"B"}]}';
    expect(parseManifests('f', text).map(({ object, fault }) => [object?.kind, fault?.field])).toEqual([
      ['A', undefined],
      ['B', 'apiVersion'],
    ]);
  });
});

describe('a taint', () => {
  it('is read with and without a value, and its removal', () => {
    expect(parseTaint('a=b:NoSchedule')).toEqual({
      taint: { key: 'a', value: 'b', effect: 'NoSchedule' },
      isRemoval: false,
    });
    expect(parseTaint('a.dev/x:NoExecute-')).toEqual({
      taint: { key: 'a.dev/x', effect: 'NoExecute' },
      isRemoval: true,
    });
    for (const text of ['a', 'a=b', 'a=b:Never', ':NoSchedule']) expect(() => parseTaint(text)).toThrow('is no taint');
  });
  it('takes the place of one with its key and effect, and of no other', () => {
    const before = [
      { key: 'a', value: '1', effect: 'NoSchedule' },
      { key: 'a', effect: 'NoExecute' },
    ] as const;
    expect(withTaint(before, { key: 'a', value: '2', effect: 'NoSchedule' })).toEqual([
      before[1],
      { key: 'a', value: '2', effect: 'NoSchedule' },
    ]);
    expect(withoutTaint(before, { key: 'a', effect: 'NoExecute' })).toEqual([before[0]]);
  });
});

describe('skerry trace', () => {
  const TRACES = ['aa', 'ab'].map((begin) => begin + '0'.repeat(30));
  const file = (traceID: string, { name, at }: { name: string; at: number }): string => {
    const span = { traceID, spanID: name, operationName: name, references: [], startTime: at, duration: 1, tags: [] };
    return JSON.stringify({ data: [{ traceID, spans: [{ ...span, processID: 'gateway' }], processes: {} }] });
  };
  const said = async (...args: string[]) => {
    const folder = mkdtempSync(join(tmpdir(), 'skerry-traces-'));
    for (const [index, id] of TRACES.entries()) {
      writeFileSync(join(folder, `${id}.gateway-h-1.json`), file(id, { name: `first of ${index}`, at: 1 }));
      writeFileSync(join(folder, `${id}.syncer-h-2.json`), file(id, { name: `second of ${index}`, at: 2 }));
    }
    const { world, out, err } = recordingWorld();
    const code = await run(['trace', folder, ...args], world);
    rmSync(folder, { recursive: true });
    return { code, out: out.join('\n'), err: err.join('\n') };
  };

  it('puts together what several processes wrote of one trace', async () => {
    const { code, out } = await said('AA');
    expect([code, out.match(/(first|second) of \d/g)]).toEqual([EXIT.ok, ['first of 0', 'second of 0']]);
    const { data } = JSON.parse((await said('ab', '-o', 'json')).out);
    expect([data[0].traceID, data[0].spans.length, Object.keys(data[0].processes)]).toEqual([
      TRACES[1],
      2,
      ['gateway'],
    ]);
  });

  it('says so when what is asked for is not one trace', async () => {
    expect(await said('a')).toMatchObject({ code: EXIT.refused, err: 'skerry: 2 traces begin with "a"' });
    expect((await said('c')).err).toBe('skerry: 0 traces begin with "c"');
  });
});

describe('doctor', () => {
  const inspection = {
    name: 'etcd',
    wanted: '3.7.3',
    remedy: 'install it',
    steps: [{ step: 'setting', outcome: 'X not set' }],
  } as const;
  it('tells a program that the next start gets from one that a setting names wrongly', () => {
    expect(programFinding(inspection)).toMatchObject({ verdict: 'missing', remedy: 'install it' });
    expect(programFinding({ ...inspection, steps: [{ step: 'setting', outcome: '/x is no program' }] }).verdict).toBe(
      'wrong',
    );
    const found = { path: '/x/etcd', version: '3.7.3', source: 'cache' } as const;
    expect(programFinding({ ...inspection, found })).toMatchObject({
      verdict: 'ok',
      found: '3.7.3 from cache (/x/etcd)',
    });
  });

  it('says what a missing program is for', () => {
    const purposeOf = (name: ProgramName) => /\((.*?);/.exec(programFinding({ ...inspection, name }).found)?.[1];
    expect((['nats-server', 'etcd', 'promtool'] as const).map(purposeOf)).toEqual([
      'for the hub',
      'only for --real',
      'only for npm test',
    ]);
  });
});

describe('the screen', () => {
  it('prints a table only when it changed where nothing can be drawn over', () => {
    const { world, out } = recordingWorld();
    const screen = newScreen(world);
    screen.report('begin');
    for (const table of ['a', 'a', 'b']) screen.draw(table);
    expect(out).toEqual(['   0.0 s  begin', '\na\n', '\nb\n']);
  });
  it('draws over the last table on a terminal, and keeps lines above it', () => {
    const { world, out } = recordingWorld({ isTerminal: true });
    const screen = newScreen(world);
    screen.draw('a\nb');
    screen.report('line');
    expect(out).toEqual(['\na\nb', '\u001B[3F\u001B[J   0.0 s  line\n\na\nb']);
  });
  it('leaves the last table where it is once it ends', () => {
    const stopping = new AbortController();
    const { world, out } = recordingWorld({ isTerminal: true, stop: stopping.signal });
    const screen = newScreen(world);
    screen.draw('a');
    stopping.abort();
    screen.report('stopping');
    expect(out).toEqual(['\na', '\r\u001B[K   0.0 s  stopping']);
  });
  it('never draws more than fits: what has scrolled away cannot be drawn over', () => {
    const { world, out } = recordingWorld({ isTerminal: true, rows: () => 3, columns: () => 4 });
    newScreen(world).draw('abcdefgh\nsecond\nthird');
    expect(out).toEqual(['\nabcd']);
  });
});
