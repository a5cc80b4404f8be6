import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { completed, missingFrom, type Lockfile } from './lockfile.ts';

const file = join(import.meta.dirname, '../../../../package-lock.json');
const lockfile = JSON.parse(readFileSync(file, 'utf8')) as Lockfile;
for (const { name, version } of missingFrom(lockfile)) console.log(`added ${name}@${version}`);
writeFileSync(file, `${JSON.stringify(completed(lockfile), undefined, 2)}\n`);
