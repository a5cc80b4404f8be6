import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { recordingWorld } from '../cli.spec-support.ts';
import { newOutcome } from '../commands/command.ts';
import { buildProgram, descendantsOf, pathOf } from '../program.ts';
import { referenceText } from './reference.ts';

const path = fileURLToPath(new URL('../../../../docs/reference/cli.md', import.meta.url));

describe('the reference of the command line', () => {
  // `npm run reference -w @skerry/cli` renews it: the same code, so that writer and check cannot differ.
  it('says what the commands themselves say', () => {
    const text = referenceText(recordingWorld().world);
    if (process.env['SKERRY_WRITE_REFERENCE']) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('has an example for every command', () => {
    const { world, out } = recordingWorld();
    const program = buildProgram({ world, outcome: newOutcome() });
    const without = [program, ...descendantsOf(program)].filter((command) => {
      out.length = 0;
      command.outputHelp();
      return !out.join('\n').includes('\nExamples:\n  skerry') && !out.join('\n').includes('| skerry ');
    });
    expect(without.map(pathOf)).toEqual([]);
  });
});
