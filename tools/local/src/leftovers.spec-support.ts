import { Supervisor } from './supervisor.ts';
import { openState } from './state-folder.ts';

// An owner that starts a child and never ends: the spec kills it. Arguments: the state folder.
const [path = ''] = process.argv.slice(2);
const state = await openState({ path });
const child = new Supervisor(state.path).start({
  name: 'sleeper',
  command: 'sleep',
  args: ['600'],
  logFile: `${path}/sleeper.log`,
});
process.stdout.write(`${child.pid}\n`);
setInterval(() => undefined, 60_000);
