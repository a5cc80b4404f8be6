import type { HubApi } from '@skerry/all-in-one/api/hub-api';
import { pssMib } from '@skerry/local/pss';

const CHANGES = 3_000;
const RATE_PER_SECOND = 5;
const OBJECTS = 100;
const SETTLE_MS = 5_000;

const pause = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs));

/** Memory of this process after ten minutes at 5 changes a second, in MiB. Faster changes leave more behind, for a while. */
export const measureIdle = async (api: HubApi): Promise<number> => {
  const startMs = performance.now();
  const changes: Promise<void>[] = [];
  for (let index = 0; index < CHANGES; index += 1) {
    await pause(Math.max(0, startMs + (index * 1_000) / RATE_PER_SECOND - performance.now()));
    changes.push(changeOne(api, index));
  }
  await Promise.all(changes);
  await pause(SETTLE_MS);
  return pssMib();
};

const changeOne = async (api: HubApi, index: number): Promise<void> => {
  const name = `idle-${index % OBJECTS}`;
  const metadata = { name, namespace: 'bench' };
  const { status, body } = await api.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data: { at: String(index) },
  });
  if (status >= 300) throw new Error(`apply ${name}: ${status} ${body?.message}`);
};
