import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { ToolFailure } from './tool-failure.ts';

/** The SHA-256 of a file, as 64 lower-case hexadecimal digits. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/**
 * Reads the digest of `fileName` from a publisher's checksum file: either `digest  name` lines, or one bare digest.
 * Throws if it is not there: a download without a digest is never used.
 */
export function digestIn(checksums: string, fileName: string): string {
  const lines = checksums.trim().split(/\r?\n/);
  if (lines.length === 1 && /^[0-9a-f]{64}$/i.test(lines[0]!.trim())) return lines[0]!.trim().toLowerCase();
  for (const line of lines) {
    const match = /^([0-9a-f]{64})\s+[*]?(?:\.\/)?(\S+)$/i.exec(line.trim());
    if (match?.[2] === fileName) return match[1]!.toLowerCase();
  }
  throw new ToolFailure(`the checksum file names no SHA-256 of ${fileName}`, 'the program is not downloaded');
}

/** Throws unless the file has the digest. */
export async function verify(path: string, digest: string): Promise<void> {
  const found = await sha256Of(path);
  if (found === digest) return;
  throw new ToolFailure(`SHA-256 of ${path} is ${found}, published is ${digest}`, 'the file is thrown away');
}
