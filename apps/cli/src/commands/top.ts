import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { requireOk } from '../failure.ts';
import type { Format } from '../print/format.ts';
import { topText } from '../print/top-text.ts';
import { newScreen } from '../up/screen.ts';
import { type Call, onHub, outputOption, type Shell, withExamples } from './command.ts';

interface TopOptions {
  readonly once?: boolean;
  readonly output: Format;
}

const EVERY_MS = 1_000;

const EXAMPLES = [
  'skerry top                    goes on until Ctrl-C',
  'skerry top --once',
  'skerry top --once -o json     for programs',
];

export const addTop = (program: Command, shell: Shell): void => {
  const command = program
    .command('top')
    .summary('how fast everything flows, and what piles up where')
    .description(
      'Shows every stage of the flow, live: the gateway, the relay, the services that decide, the syncers; in each process that runs it. DOES/S is what it is there for (requests, events published, keys decided, changes applied), FOLDS/S the events that it takes in, LAG and BEHIND how far it is behind the store in events and seconds (below 2 s while all is well), BACKLOG what it has to do now, PARKED what needs a person. Rates are over the last five seconds.',
    )
    .option('--once', 'show it once and end')
    .addOption(outputOption('table', 'json', 'yaml'))
    .action(onHub<TopOptions>(shell, (_words, call) => top(call)));
  withExamples(command, EXAMPLES);
};

/** The hub that goes away ends it: what is shown would not be so any more. */
const top = async ({ api, options, world }: Call<TopOptions>): Promise<void> => {
  const screen = newScreen(world);
  const isTable = options.output === 'table';
  for (;;) {
    const { body } = requireOk(await api.call('GET', '/skerry/v1/top'), 'top');
    if (options.once || !isTable) world.out(isTable ? topText(body) : asText(body, options));
    else screen.draw(topText(body));
    if (options.once) return;
    await delay(EVERY_MS, undefined, { signal: world.stop }).catch(() => undefined);
    if (world.stop.aborted) return;
  }
};

/** Once: to be read; live: one JSON object a line, or one YAML document after another. */
const asText = (body: unknown, { output, once = false }: TopOptions): string => {
  if (output === 'json') return JSON.stringify(body, undefined, once ? 2 : undefined);
  return once ? stringify(body).trimEnd() : `---\n${stringify(body).trimEnd()}`;
};
