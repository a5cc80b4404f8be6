import { afterAll, afterEach, beforeAll, beforeEach, describe, jest } from '@jest/globals';
import { applyingScenarios } from './applying-scenarios.ts';
import { careScenarios } from './care-scenarios.ts';
import { countingScenarios } from './counting-scenarios.ts';
import { figuresScenarios } from './figures-scenarios.ts';
import { refusedKindScenarios } from './refused-kind-scenarios.ts';
import { holdingScenarios } from './holding-scenarios.ts';
import { leaseScenarios } from './lease-scenarios.ts';
import { restoringScenarios } from './restoring-scenarios.ts';
import { type MakeSyncer, type OpenedMember, SyncerStage } from './syncer-stage.ts';
import { withdrawingScenarios } from './withdrawing-scenarios.ts';

export interface SyncerSuiteOptions {
  readonly name: string;
  /** opened once for the whole suite, so that real parts are started once */
  readonly openMember: () => Promise<OpenedMember>;
  readonly makeSyncer: MakeSyncer;
}

const OPEN_DEADLINE_MS = 120_000;
/** each wait in a test has its own, shorter deadline */
const TEST_DEADLINE_MS = 60_000;

/** What a syncer promises, whatever its member is made of. */
export const syncerSuite = ({ name, openMember, makeSyncer }: SyncerSuiteOptions): void => {
  describe(`the syncer of ${name}`, () => {
    jest.setTimeout(TEST_DEADLINE_MS);
    let opened: OpenedMember;
    let stage: SyncerStage;
    beforeAll(async () => {
      opened = await openMember();
    }, OPEN_DEADLINE_MS);
    afterAll(() => opened.close());
    beforeEach(async () => {
      stage = await SyncerStage.open(opened, makeSyncer);
    });
    afterEach(() => stage.close());
    for (const scenarios of [
      applyingScenarios,
      careScenarios,
      withdrawingScenarios,
      holdingScenarios,
      restoringScenarios,
      refusedKindScenarios,
      countingScenarios,
      leaseScenarios,
      figuresScenarios,
    ])
      scenarios(() => stage);
  });
};
