import { statfs } from 'node:fs/promises';
import { ToolFailure } from '@skerry/native/tool-failure';

const neededMb = 200;
/** PostgreSQL cannot go on without room for a segment of its log. */
const leastMb = 16;
const remedy = 'free some space, or choose another state folder';

/** Throws if the file system of `folder` has less than 200 MB left for this user. */
export async function requireSpace(folder: string, freeMb = freeMbOf): Promise<void> {
  const free = await freeMb(folder);
  if (free >= neededMb) return;
  throw new ToolFailure(`only ${Math.floor(free)} MB are free where ${folder} lies; ${neededMb} MB are needed`, remedy);
}

/** Throws if next to nothing is left: what runs there already cannot go on. */
export async function requireRoom(folder: string, freeMb = freeMbOf): Promise<void> {
  const free = await freeMb(folder);
  if (free < leastMb) throw new ToolFailure(`only ${Math.floor(free)} MB are free where ${folder} lies`, remedy);
}

/**
 * What to throw for something that failed while it wrote below `folder`: where next to nothing is free there, a failure
 * that says so and what to do, because programs name a full disk in words of their own or not at all.
 */
export async function orFullDisk(
  failure: unknown,
  { folder, freeMb = freeMbOf }: { folder: string; freeMb?: typeof freeMbOf },
): Promise<unknown> {
  const free = await freeMb(folder).catch(() => undefined); // the folder itself may be what is missing
  if (free === undefined || free >= leastMb || failure instanceof ToolFailure) return failure;
  const message = failure instanceof Error ? failure.message : String(failure);
  return new ToolFailure(`${message}; only ${Math.floor(free)} MB are free where ${folder} lies`, remedy, {
    cause: failure,
  });
}

async function freeMbOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return (bavail * bsize) / 1_048_576;
}
