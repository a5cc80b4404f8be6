import { formatTable } from '@skerry/all-in-one/up/format-table';

/** One part of the flow, as `/skerry/v1/top` says. */
export interface TopStage {
  readonly stage: string;
  readonly process: string;
  readonly holder: string;
  readonly leads?: boolean;
  readonly doesPerSecond: number;
  readonly foldsPerSecond?: number;
  readonly lagPositions?: number;
  readonly lagSeconds?: number;
  readonly backlog: number;
  readonly waiting: number;
  readonly parked: number;
  readonly notes: readonly string[];
}

export interface HubTop {
  readonly position: number;
  readonly processes: readonly {
    readonly process: string;
    readonly unhealthy: readonly string[];
    readonly unready: readonly string[];
  }[];
  readonly stages: readonly TopStage[];
  readonly clusters: Readonly<Record<string, number>>;
}

const HEADINGS = ['STAGE', 'STATE', 'DOES/S', 'FOLDS/S', 'LAG', 'BEHIND', 'BACKLOG', 'WAITING', 'PARKED', 'NOTES'];

const rate = (perSecond: number | undefined): string =>
  perSecond === undefined ? '-' : perSecond < 10 ? String(Math.round(perSecond * 10) / 10) : perSecond.toFixed(0);

const cellsOf = (stage: TopStage): string[] => [
  stage.stage,
  stage.leads === undefined ? 'runs' : stage.leads ? 'leads' : 'stands by',
  rate(stage.doesPerSecond),
  rate(stage.foldsPerSecond),
  String(stage.lagPositions ?? '-'),
  stage.lagSeconds === undefined ? '-' : `${stage.lagSeconds.toFixed(1)}s`,
  String(stage.backlog),
  String(stage.waiting),
  String(stage.parked),
  stage.notes.join(', '),
];

const headLine = ({ position, processes, clusters }: HubTop): string => {
  const verdicts = Object.entries(clusters).map(([verdict, count]) => `${count} ${verdict}`);
  const told = verdicts.length === 0 ? 'none' : verdicts.join(', ');
  return `position ${position}, processes ${processes.length}, clusters ${told}`;
};

/** A line about position, processes and clusters, the stages in the order of the flow, and what is wrong. */
export const topText = (top: HubTop): string => {
  const table = formatTable([HEADINGS, ...top.stages.map(cellsOf)]);
  const wrong = top.processes.flatMap(({ process, unhealthy, unready }) => [
    ...unhealthy.map((reason) => `${process} is unhealthy: ${reason}`),
    ...unready.map((reason) => `${process} is not ready: ${reason}`),
  ]);
  return [headLine(top), '', table, ...(wrong.length === 0 ? [] : ['', ...wrong])].join('\n');
};
