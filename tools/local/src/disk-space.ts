import { statfs } from 'node:fs/promises';
import { ToolFailure } from '@skerry/native/tool-failure';

const neededMb = 200;

/** Throws if the file system of `folder` has less than 200 MB left for this user. */
export async function requireSpace(folder: string, freeMb = freeMbOf): Promise<void> {
  const free = await freeMb(folder);
  if (free >= neededMb) return;
  throw new ToolFailure(
    `only ${Math.floor(free)} MB are free where ${folder} lies; ${neededMb} MB are needed`,
    'free some space, or choose another state folder',
  );
}

async function freeMbOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return (bavail * bsize) / 1_048_576;
}
