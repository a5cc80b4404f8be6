// The hub in a process of its own, for tests that kill it. It runs what `npm test` has built. Store and bus run elsewhere;
// where they are comes as JSON in SKERRY_HUB. A crash point is armed by a message of its name and kills when it is reached.
import { subscribe } from 'node:diagnostics_channel';
import { bindCrashPoints } from '@skerry/kernel/crash-points';
import { connectHub } from '@skerry/all-in-one/up/platform';

let armed = process.env['SKERRY_CRASH_AT'] ?? '';
let changesInFlight = 0;
const isChange = ({ request }) => request.method !== 'GET' && !request.url.includes('/leases');
subscribe('http.server.request.start', (exchange) => (changesInFlight += isChange(exchange) ? 1 : 0));
subscribe('http.server.response.finish', (exchange) => (changesInFlight -= isChange(exchange) ? 1 : 0));

const HELD_MS = 500;

// Only with a command in flight: a death that nobody waits for proves little. State is read before any can be. Relay and
// syncers run when their commands have been answered, so there the whole process is held until the next have been sent.
bindCrashPoints((point) => {
  if (point !== armed) return;
  if (point === 'mid-apply' || point === 'before-relay') {
    process.send({ reached: point });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, HELD_MS);
  } else if (changesInFlight === 0 && point !== 'mid-snapshot') return;
  process.kill(process.pid, 'SIGKILL');
});
process.on('message', (message) => {
  armed = message;
});

const hub = await connectHub(JSON.parse(process.env['SKERRY_HUB']));
process.send({ url: hub.hub.url });
process.on('disconnect', () => process.exit(0));
