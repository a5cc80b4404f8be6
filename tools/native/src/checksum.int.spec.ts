import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { digestIn, verify } from './checksum.ts';

const folder = mkdtempSync(join(tmpdir(), 'skerry-checksum-'));
const file = join(folder, 'program');
writeFileSync(file, 'abc');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// SHA-256 of "abc", from FIPS 180-2, appendix B.1.
const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const other = abc.replace('b', 'c');

describe('a published checksum file', () => {
  it('names the digest of one file among others', () => {
    expect(digestIn(`${other}  a.tar.gz\n${abc} *b.tar.gz\n`, 'b.tar.gz')).toBe(abc);
  });

  it('may be the bare digest', () => {
    expect(digestIn(`${abc.toUpperCase()}\n`, 'kubectl')).toBe(abc);
  });

  it('that does not name the file gives no digest, and so no download', () => {
    expect(() => digestIn(`${abc}  a.tar.gz\n${other}  c.tar.gz\n`, 'b.tar.gz')).toThrow(
      /names no SHA-256 of b\.tar\.gz/,
    );
  });

  it('of which a page in HTML came instead gives no digest', () => {
    expect(() => digestIn('<html>not found</html>', 'kubectl')).toThrow(/names no SHA-256/);
  });
});

describe('a downloaded file', () => {
  it('with the published digest is accepted', async () => {
    await expect(verify(file, abc)).resolves.toBeUndefined();
  });

  it('with another is not', async () => {
    await expect(verify(file, other)).rejects.toThrow(`is ${abc}, published is ${other}`);
  });
});
