import { declaredMetrics } from './declared-metrics.ts';
import { countedMetrics } from './prometheus.ts';

interface Line {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

const HEADING = `# Metrics

<!-- Written by \`npm run reference -w @skerry/runtime\` from libs/runtime/src/telemetry. Change them there. -->

What every process of Skerry answers at \`/metrics\` of its health port, in the text format of Prometheus. All have the same
list; a metric has samples where its part runs: \`skerry_relay_…\` in the relay, \`skerry_syncer_…\` in a syncer. Beside these
each process gives its own CPU, memory, event loop and garbage collection (\`process_…\`, \`nodejs_…\`).
`;

const counted = (): Line[] =>
  Object.values(countedMetrics).map(({ name, help, labelNames, ...rest }) => ({
    name,
    type: 'buckets' in rest ? 'histogram' : 'counter',
    labels: labelNames,
    help,
  }));

/** `skerry_gateway_state_position` → `gateway` */
const partOf = ({ name }: Line): string => name.split('_')[1]!;

const PARTS: Readonly<Record<string, string>> = {
  health: 'Health of a process',
  lease: 'Leases: one active writer, standbys',
  consumer: 'Folding',
  worker: 'Deciding and reconciling',
  append: 'Appends to the store',
  relay: 'The relay',
  gateway: 'The gateway',
  cluster: 'Clusters',
  syncer: 'Syncers',
  retention: 'Retention',
};

/** docs/reference/metrics.md. Throws when a metric belongs to no part that the page knows. */
export const metricsReference = (): string => {
  const lines = [...declaredMetrics, ...counted()];
  const parts = Map.groupBy(lines, (line) => partOf(line).replace(/^append.*/, 'append'));
  const unknown = [...parts.keys()].filter((part) => !(part in PARTS));
  if (unknown.length > 0) throw new Error(`no heading for the metrics of ${unknown.join(', ')}`);
  const chapters = Object.entries(PARTS).map(([part, title]) => {
    const items = (parts.get(part) ?? []).map(({ name, type, labels, help }) => {
      return `- \`${name}\` _${type}_ by ${labels.map((label) => `\`${label}\``).join(', ')}: ${help}`;
    });
    return `## ${title}\n\n${items.join('\n')}\n`;
  });
  return [HEADING, ...chapters].join('\n');
};
