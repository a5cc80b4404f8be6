import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { digestIn, verify } from './checksum.ts';
import type { DownloadRecipe } from './programs.ts';
import { ToolFailure } from './tool-failure.ts';

const connectMs = 4_000;
const silenceMs = 30_000;
const unreachable = new Map<string, string>();

/**
 * Downloads a program to `target`, which appears whole or not at all. A cut download is resumed by the next call. A host
 * that did not answer is not asked again in this run. Throws if it cannot; nothing unverified is ever left at `target`.
 */
export async function download(recipe: DownloadRecipe, target: string): Promise<void> {
  const checksums = await text(await get(recipe.checksumUrl));
  const digest = digestIn(checksums, basename(recipe.url));
  const part = `${target}.part`;
  await fetchInto(recipe.url, part);
  try {
    await verify(part, digest);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  await place(part, { target, member: recipe.member });
}

async function fetchInto(url: string, part: string): Promise<void> {
  const have = await sizeOf(part);
  const response = await get(url, have);
  if (response.statusCode === 416) return void response.resume(); // nothing is missing: the digest will judge
  const append = response.statusCode === 206;
  await pipeline(response, createWriteStream(part, { flags: append ? 'a' : 'w' }));
}

async function place(part: string, to: { target: string; member: string | undefined }): Promise<void> {
  if (to.member === undefined) {
    await chmod(part, 0o755);
    return rename(part, to.target);
  }
  const folder = await mkdtemp(join(dirname(to.target), '.unpack-'));
  try {
    await promisify(execFile)('tar', ['-xzf', part, '-C', folder, to.member]);
    await chmod(join(folder, to.member), 0o755);
    await rename(join(folder, to.member), to.target);
    await rm(part, { force: true });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function get(url: string, fromByte = 0, redirectsLeft = 5): Promise<IncomingMessage> {
  const { host } = new URL(url);
  const known = unreachable.get(host);
  if (known !== undefined) throw new ToolFailure(`${host} did not answer before: ${known}`, 'not asked again');
  const response = await ask(url, fromByte).catch((error: unknown) => {
    unreachable.set(host, (error as Error).message);
    throw new ToolFailure(`${host}: ${(error as Error).message}`, 'not asked again in this run', { cause: error });
  });
  const { statusCode = 0, headers } = response;
  if (statusCode >= 300 && statusCode < 400 && headers.location && redirectsLeft > 0) {
    response.resume();
    return get(new URL(headers.location, url).href, fromByte, redirectsLeft - 1);
  }
  if (statusCode === 200 || statusCode === 206 || statusCode === 416) return response;
  response.resume();
  throw new ToolFailure(`${url} answered ${statusCode}`, 'it is built from source instead');
}

function ask(url: string, fromByte: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = fromByte > 0 ? { range: `bytes=${fromByte}-` } : {};
    const sent = request(url, { headers, timeout: silenceMs }, (response) => {
      clearTimeout(connecting);
      resolve(response);
    });
    const connecting = setTimeout(() => sent.destroy(new Error(`no answer within ${connectMs / 1000} s`)), connectMs);
    sent.on('timeout', () => sent.destroy(new Error(`silent for ${silenceMs / 1000} s`)));
    sent.on('error', (error) => {
      clearTimeout(connecting);
      reject(error);
    });
    sent.end();
  });
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (found) => found.size,
    () => 0, // not begun yet
  );
}
