import { expect, it } from '@jest/globals';
import { pathOf } from './hand.ts';
import { configMapOf, namespaceOf } from './manifests.ts';
import { seen, untilSaid } from './seen.ts';
import type { SyncerStage } from './syncer-stage.ts';

/** What those who watch at night can see of it. */
export const figuresScenarios = (open: () => SyncerStage): void => {
  it('what it did shows in its figures', async () => {
    const stage = open();
    const note = configMapOf(stage.namespace, 'note');
    const wrong = { ...note, metadata: { ...note.metadata, name: 'wrong', labels: { colour: 'not a label' } } };
    await stage.desire(namespaceOf(stage.namespace));
    const [uid, refused] = [await stage.desire(note), await stage.desire(wrong)];
    const syncer = await stage.begin();
    await untilSaid(stage, uid, 'Applied');
    await untilSaid(stage, refused, 'Refused Invalid');
    await stage.hand.remove(pathOf(note));
    await seen('repaired', async () => stage.repairs(uid).length > 0);
    await stage.withdraw(uid);
    await untilSaid(stage, uid, 'Gone');
    const figure = async (name: string): Promise<number> => {
      const line = new RegExp(`^skerry_syncer_${name}\\{cluster="c1"\\} (\\S+)$`, 'm');
      return Number(line.exec(await stage.metrics.text())?.[1]);
    };
    const [applies, repairs] = [await figure('applies_total'), await figure('repairs_total')];
    expect([applies, repairs, await figure('deletes_total')]).toEqual([3, 1, 1]);
    expect(await figure('refusals_total')).toBeGreaterThanOrEqual(1);
    expect(await figure('skips_total')).toBeGreaterThanOrEqual(1);
    expect([await figure('withdrawals_held'), await figure('acting')]).toEqual([0, 1]);
    expect(Math.abs((await figure('last_beat_timestamp_seconds')) - stage.clock.now().getTime() / 1_000)).toBeLessThan(
      30,
    );
    expect(await stage.metrics.text()).toContain('skerry_worker_keys{worker="syncer-c1",state="parked"} 0');
    await syncer.stop();
    expect(await stage.metrics.text()).not.toContain('cluster="c1"');
  });
};
