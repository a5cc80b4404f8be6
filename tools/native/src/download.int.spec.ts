import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { download } from './download.ts';

let folder: string;
let silent: Server;
let url: string;

// A host that takes connections and never says anything: what a network without a way out looks like.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'skerry-download-'));
  silent = createServer((socket) => socket.resume().on('error', () => undefined));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  url = `https://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/program`;
});
afterAll(() => {
  silent.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a download from a host that does not answer', () => {
  it('is given up after four seconds, and the host is not asked again', async () => {
    const recipe = { url, checksumUrl: `${url}.sha256` };
    await expect(download(recipe, join(folder, 'program'))).rejects.toThrow(/no answer within 4 s/);
    const begun = Date.now();
    await expect(download(recipe, join(folder, 'program'))).rejects.toThrow(/did not answer before/);
    expect(Date.now() - begun).toBeLessThan(1_000);
    expect(readdirSync(folder)).toEqual([]);
  }, 10_000);
});
