import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from '@jest/globals';
import { recordingWorld } from '../cli.spec-support.ts';
import { newOutcome } from '../commands/command.ts';
import { buildProgram } from '../program.ts';

const root = join(import.meta.dirname, '../../../..');
const program = buildProgram({ world: recordingWorld().world, outcome: newOutcome() });

/** What is wrong with a command line as a page shows it; undefined: it can be typed. Values are the page's own. */
const wrongWith = (line: string): string | undefined => {
  const words = line.split(/\s+/).filter((word) => word !== '' && !/^[…\\]$/.test(word));
  let command: Command = program;
  while (words.length > 0 && command.commands.length > 0) {
    const next = command.commands.find((one) => [one.name(), ...one.aliases()].includes(words[0]!));
    if (!next) return words[0]!.startsWith('-') ? undefined : `no command ${words[0]}`;
    command = next;
    words.shift();
  }
  const known = [...command.options, ...program.options].flatMap(({ short, long }) => [short, long]);
  const unknown = words.filter((word) => /^--?[a-z]/i.test(word)).map((word) => word.split('=')[0]!);
  const option = [...unknown].find((word) => !known.includes(word));
  return option === undefined ? undefined : `${command.name()} has no ${option}`;
};

describe('every page', () => {
  const pages = ['README.md', ...globSync('{docs,deploy}/**/*.md', { cwd: root })];
  const lines = pages.flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/`(?:bin\/)?skerry ([^`|>]+)/g)].map(([, line]) => ({
      page,
      line: line!.trim().split(/ #| {2,}|; |, /)[0]!,
    })),
  );

  it('shows only commands and options that there are', () => {
    expect(lines.length).toBeGreaterThan(60);
    const told = lines.map(({ page, line }) => [page, line, wrongWith(line)]).filter(([, , why]) => why !== undefined);
    expect(told).toEqual([]);
  });

  it('is held to that: a wrong word is seen', () => {
    expect(['clustres list', 'top --onec', 'confirm everything north', 'get pods'].map(wrongWith)).toEqual([
      'no command clustres',
      'top has no --onec',
      'no command everything',
      undefined,
    ]);
  });
});
