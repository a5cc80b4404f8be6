import { join } from 'node:path';
import { ToolFailure } from '@skerry/native/tool-failure';
import { generate } from './generate.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  const { paths, left } = await generate(join(import.meta.dirname, '../../..'), process.argv.slice(2));
  for (const path of paths) say(`  ${path}`);
  say('\nleft to do:');
  for (const [index, line] of left.entries()) say(`  ${index + 1}. ${line}`);
} catch (error) {
  if (!(error instanceof ToolFailure)) throw error;
  process.stderr.write(`generate: ${error.message}\n`);
  process.exitCode = 2;
}
