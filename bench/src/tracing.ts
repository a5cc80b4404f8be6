import { join } from 'node:path';
import { configuredTracing } from '@skerry/runtime/tracing/configured-tracing';
import { measureDecisions } from './decisions.ts';
import { inFolder, withPlatform } from './rooms.ts';

const TURNS = 5;
const CLUSTERS = 50;

/**
 * Decisions a second with tracing that samples nothing ÷ those without tracing; median of five turns of both, after one that
 * is not counted. What tracing costs that is off is less than what is missing to 1: then none of it is installed.
 */
export const measureTracing = async ({ workloads }: { workloads: number }): Promise<number> => {
  const ratios: number[] = [];
  for (let turn = 0; turn <= TURNS; turn++) {
    // in turns and each first every second time, so that what else the machine does meanwhile touches both
    const first = await perSecond(turn % 2 === 0, { workloads });
    const second = await perSecond(turn % 2 !== 0, { workloads });
    ratios.push(turn % 2 === 0 ? first / second : second / first);
  }
  return ratios.slice(1).sort((a, b) => a - b)[TURNS >> 1]!;
};

const perSecond = (isTraced: boolean, { workloads }: { workloads: number }): Promise<number> =>
  inFolder(async (dir) => {
    const settings = { ratio: 0, folder: join(dir, 'traces') };
    const tracing = isTraced ? await configuredTracing(settings, { writer: 'bench', random: Math.random }) : undefined;
    const measure = (hub: Parameters<typeof measureDecisions>[0]) =>
      measureDecisions(hub, { clusters: CLUSTERS, workloads });
    return (await withPlatform(measure, { tracing })).perSecond;
  });
