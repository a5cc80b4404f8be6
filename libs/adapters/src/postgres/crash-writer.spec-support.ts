// A process of its own that appends until it is killed. Arguments: connection string, master key path, round.
// Writes one line before each append (`sent <command>`) and one after (`done <command> <first position>`), unbuffered.
import { writeSync } from 'node:fs';
import { crashRequest } from './crash-requests.spec-support.ts';
import { openPostgresStore } from './store.ts';

const [connectionString, masterKeyPath, round] = process.argv.slice(2) as [string, string, string];
const store = await openPostgresStore({ connectionString, masterKeyPath });
const say = (line: string): void => void writeSync(1, `${line}\n`);

const append = async (caller: number): Promise<never> => {
  for (let n = 0; ; n++) {
    const command = `${round}-${caller}-${n}`;
    say(`sent ${command}`);
    const outcome = await store.events.append(crashRequest(command));
    say(outcome.kind === 'appended' ? `done ${command} ${outcome.events[0]!.position}` : `wrong ${outcome.kind}`);
  }
};
await Promise.all(Array.from({ length: 16 }, (_, caller) => append(caller)));
