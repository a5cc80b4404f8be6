import { writeFileSync } from 'node:fs';
import { composeFile, syncerComposeFile } from './compose-file.ts';
import { INSTALLATION, readProcesses } from './processes.ts';

writeFileSync(`${INSTALLATION}deploy/compose.yaml`, composeFile(readProcesses()));
writeFileSync(`${INSTALLATION}deploy/compose-syncer.yaml`, syncerComposeFile(readProcesses()));
