import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { create, type DescMessage, toBinary, toJson } from '@skerry/contract/message';
import { decodeEvent, EVENT_SCHEMAS, schemaOf } from './codec.ts';
import { pathsOf, samplesOf, setPathsOf } from './golden-samples.spec-support.ts';

/** An event as it was once stored, and what it is read as. `<category>/golden/<Type>-<n>.json` */
interface Golden {
  readonly type: string;
  /** the exact bytes, base64 */
  readonly data: string;
  readonly decoded: { readonly type: string; readonly data: unknown };
}

const src = import.meta.dirname;
const hashesPath = join(src, 'golden-hashes.json');
const types = Object.entries(EVENT_SCHEMAS);

/** The proto file of a category has its name. */
const folderOf = (schema: DescMessage): string => `${schema.file.name.split('/').at(-1)!.replace('_pb', '')}/golden`;
const fileOf = (schema: DescMessage, n: number): string => `${folderOf(schema)}/${schema.name}-${n}.json`;
const read = (file: string): Golden => JSON.parse(readFileSync(join(src, file), 'utf8')) as Golden;
const readHashes = (): Record<string, string> => JSON.parse(readFileSync(hashesPath, 'utf8')) as Record<string, string>;
const bytesOf = ({ data }: Golden): Uint8Array => Uint8Array.from(Buffer.from(data, 'base64'));

/** What must never change: what is read of it may, when its type is retired. */
const hashOf = (golden: Golden): string =>
  createHash('sha256').update(`${golden.type}\n`).update(bytesOf(golden)).digest('hex');

const decodedOf = ({ type, data }: { type: string; data: Uint8Array }): Golden['decoded'] => {
  const event = decodeEvent({ type, data });
  return { type: event.type, data: toJson(schemaOf(event.type), event.data) };
};

const filesOnDisk = (): string[] =>
  [...new Set(types.map(([, schema]) => folderOf(schema)))]
    .filter((folder) => existsSync(join(src, folder)))
    .flatMap((folder) => readdirSync(join(src, folder)).map((name) => `${folder}/${name}`))
    .sort();

const filesOf = (type: string): string[] => filesOnDisk().filter((file) => file.includes(`/${type}-`));

const missingFields = ([type, schema]: [string, DescMessage]): string[] => {
  const there = new Set(filesOf(type).flatMap((file) => setPathsOf(schema, bytesOf(read(file)))));
  return pathsOf(schema).filter((path) => !there.has(path));
};

/** New files for types of which a field is in no file. `wx`: one that is there is never written again. */
const writeMissing = (): void => {
  const hashes = existsSync(hashesPath) ? readHashes() : {};
  for (const [type, schema] of types) {
    if (filesOf(type).length > 0 && missingFields([type, schema]).length === 0) continue;
    for (const sample of samplesOf(schema)) {
      const data = toBinary(schema, create(schema, sample as never));
      const golden = { type, data: Buffer.from(data).toString('base64'), decoded: decodedOf({ type, data }) };
      const file = fileOf(schema, filesOf(type).length + 1);
      mkdirSync(dirname(join(src, file)), { recursive: true });
      writeFileSync(join(src, file), JSON.stringify(golden, null, 2), { flag: 'wx' });
      hashes[file] = hashOf(golden);
    }
  }
  writeFileSync(hashesPath, JSON.stringify(hashes, Object.keys(hashes).sort(), 2));
};

// `npm run golden -w @skerry/domain` adds what is missing: the same code, so that writer and check cannot differ.
if (process.env['SKERRY_WRITE_GOLDEN']) writeMissing();

describe('every event that was ever written can be read', () => {
  it.each(filesOnDisk())('%s', (file) => {
    const { type, data, decoded } = read(file);
    expect(decodedOf({ type, data: Buffer.from(data, 'base64') })).toEqual(decoded);
  });
});

describe('golden files', () => {
  it.each(types)(
    'of %s have each of its fields; npm run golden -w @skerry/domain writes what is missing',
    (...type) => {
      expect(filesOf(type[0])).not.toEqual([]);
      expect(missingFields(type)).toEqual([]);
    },
  );

  it('are never changed and never go: what is stored somewhere has these bytes', () => {
    const hashes = readHashes();
    const lost = Object.keys(hashes).filter((file) => !existsSync(join(src, file)));
    expect(lost).toEqual([]);
    expect(Object.fromEntries(filesOnDisk().map((file) => [file, hashOf(read(file))]))).toEqual(hashes);
  });
});
