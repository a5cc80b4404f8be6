import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { eventsReference } from './events-reference.ts';
import { parseProto } from './proto-file.ts';

const root = join(import.meta.dirname, '../../../..');
const path = join(root, 'docs/reference/events.md');

describe('the reference of events', () => {
  // `npm run reference -w @skerry/checks` renews it: the same code, so that writer and check cannot differ.
  it('says what the contract says', () => {
    const text = eventsReference(root);
    if (process.env['SKERRY_WRITE_REFERENCE']) writeFileSync(path, text);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('shows comments with the field that they are above', () => {
    const { blocks } = parseProto(
      'syntax = "proto3";\n\n// Why.\nmessage A {\n  // what\n  // for\n  int32 b = 1;\n}\n',
    );
    expect(blocks).toEqual([
      { kind: 'message', name: 'A', comment: 'Why.', fields: [{ name: 'b', type: 'int32', comment: 'what for' }] },
    ]);
  });

  it('refuses what it cannot read instead of leaving it out', () => {
    expect(() => parseProto('service Hub {\n}\n')).toThrow('cannot read "service Hub {"');
  });
});
