import type { Command } from 'commander';
import { setTimeout as delay } from 'node:timers/promises';
import { TransientFailure } from '@skerry/kernel/errors';
import { EXIT } from '../exit-codes.ts';
import { CliFailure, messageOf, usage } from '../failure.ts';
import { eventLine, type HubEvent, readEvents } from '../print/events.ts';
import type { Format } from '../print/format.ts';
import { type Call, onHub, outputOption, type Shell, withExamples } from './command.ts';

interface EventsOptions {
  readonly from: number;
  readonly category?: string;
  readonly namespace?: string;
  readonly cluster?: string;
  readonly uid?: string;
  readonly follow?: boolean;
  readonly output: Format;
}

const EXAMPLES = [
  'skerry events --category placement -n shop',
  'skerry events --follow                     goes on until Ctrl-C',
  'skerry events --from 1200 -o json          one JSON object a line; go on later from the last position',
];

export const addEvents = (program: Command, shell: Shell): void => {
  const command = program
    .command('events')
    .summary('show what was decided and observed, in order')
    .description(
      'Shows the events of the hub after a position. With --follow it goes on, also over a restart of the hub: none is missed, none shown twice.',
    )
    .option('--from <position>', 'only events after this position', parsePosition, 0)
    .option(
      '--category <names>',
      'manifest, selection, placement, rollout, desired, observed, cluster, …; several with commas',
    )
    .option('-n, --namespace <name>', 'only of this namespace')
    .option('--cluster <name>', 'only of this cluster')
    .option('--uid <uid>', 'only of the object with this uid')
    .option('-F, --follow', 'go on until Ctrl-C')
    .addOption(outputOption('table', 'json'))
    .action(onHub<EventsOptions>(shell, (_words, call) => events(call)));
  withExamples(command, EXAMPLES);
};

const parsePosition = (text: string): number => {
  if (!/^\d{1,15}$/.test(text)) throw usage(`--from ${text}: a position is a whole number of 0 or more`);
  return Number(text);
};

const AGAIN_MS = 1_000;

const events = async (call: Call<EventsOptions>): Promise<void> => {
  const { options, world } = call;
  const print = (event: HubEvent): void =>
    world.out(options.output === 'json' ? JSON.stringify(event) : eventLine(event));
  let from = options.from;
  let isBroken = false;
  while (!world.stop.aborted) {
    try {
      for await (const event of stream(call, from)) {
        if (isBroken) world.err('the hub is back');
        isBroken = false;
        from = event.position;
        print(event);
      }
      if (!options.follow) return;
    } catch (error) {
      if (!options.follow || !(error instanceof TransientFailure)) throw error;
      if (!isBroken) world.err(`${error.message}; trying again`);
      isBroken = true;
    }
    await delay(AGAIN_MS, undefined, { signal: world.stop }).catch(() => undefined); // Ctrl-C ends the wait
  }
};

const stream = ({ api, options, world }: Call<EventsOptions>, from: number): AsyncIterable<HubEvent> => {
  const query = new URLSearchParams({ from: String(from), follow: String(options.follow ?? false) });
  for (const field of ['category', 'namespace', 'cluster', 'uid'] as const) {
    const value = options[field];
    if (value !== undefined) query.set(field, value);
  }
  const refused = (answer: { status: number; body: any }): never => {
    throw new CliFailure(`events: ${messageOf(answer)}`, EXIT.refused);
  };
  return readEvents(
    api.lines(`/skerry/v1/events?${query}`, { signal: world.stop, accept: 'text/event-stream', refused }),
  );
};
