import { writeFileSync } from 'node:fs';
import { composeFile } from './compose-file.ts';
import { INSTALLATION, readProcesses } from './processes.ts';

writeFileSync(`${INSTALLATION}deploy/compose.yaml`, composeFile(readProcesses()));
