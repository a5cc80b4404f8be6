import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from '@jest/globals';
import { TerminalFailure } from '@skerry/kernel/errors';
import { waitUntil } from '@skerry/testing/contracts/wait-until';
import { openPlatform } from './platform.ts';

it('a hub runs retention: a body that no event names goes after a while', async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'skerry-platform-')));
  chmodSync(folder, 0o755); // else, as root, PostgreSQL's user could not get in, and its part would lie elsewhere
  const retention = { firstAfterMs: 0, everyMs: 100, blobGraceMs: 0 };
  const platform = await openPlatform({ dir: join(folder, 'state'), report: () => undefined, retention });
  try {
    const blob = await platform.store.blobs.put(Buffer.from('of an append that never came'));
    const isGone = (): Promise<boolean> =>
      platform.store.blobs.get(blob).then(
        () => false,
        (error: unknown) => error instanceof TerminalFailure && error.code === 'blob-not-found',
      );
    await waitUntil('the body is gone', { holds: isGone, deadlineMs: 10_000 });
    // counted when the run has ended, a moment after the body is gone
    const isCounted = async (): Promise<boolean> => {
      const figures = await (await fetch(`${platform.healthUrl}/metrics`)).text();
      return /skerry_retention_total\{retention="store",what="blobs"\} 1\n/.test(figures);
    };
    await waitUntil('it is counted', { holds: isCounted, deadlineMs: 10_000 });
  } finally {
    await platform.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
