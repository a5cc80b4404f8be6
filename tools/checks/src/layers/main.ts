import { join } from 'node:path';
import { checkLayers } from './check-layers.ts';

const findings = checkLayers(join(import.meta.dirname, '../../../..'));
for (const { path, problem } of findings) console.log(`${path} ${problem}`);
console.log(
  findings.length === 0 ? 'The layers hold.' : `${findings.length} breaches; docs/adr/0007-layers.md says why.`,
);
process.exitCode = findings.length === 0 ? 0 : 1;
