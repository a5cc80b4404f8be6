import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { namedTestsOf, PAGE, resultsOf, withResults, wrongNames } from './named-tests.ts';

const root = join(import.meta.dirname, '../../../..');
const page = readFileSync(join(root, PAGE), 'utf8');

describe('the page of promises', () => {
  it('names tests that are there, by their titles', () => {
    expect(wrongNames(root, namedTestsOf(page))).toEqual([]);
  });

  it('names a test for each promise that is kept, and says of the others that they are not', () => {
    const sections = page.split(/^## (?=\d+\. )/m).slice(1);
    expect(sections.map((text) => Number.parseInt(text, 10))).toEqual(Array.from({ length: 12 }, (_, n) => n + 1));
    for (const text of sections) {
      const isNotYet = /^\*\*(Not yet|Partly)/m.test(text);
      expect([text.split('\n')[0], namedTestsOf(text).length > 0 || isNotYet]).toEqual([expect.anything(), true]);
    }
  });

  it('lists every file that it names, with its last result', () => {
    expect(withResults(page, resultsOf(page))).toBe(page);
  });

  it('is refused a file that is not there, a title that is not in it, and a link that leads elsewhere', () => {
    const self = 'tools/checks/src/promises/named-tests.spec.ts';
    const of = (path: string, more: { link?: string; title?: string } = {}) => ({
      ...{ path, link: `../../${path}`, title: 'the page of promises', ...more },
    });
    expect(wrongNames(root, [of(self)])).toEqual([]);
    expect(wrongNames(root, [of('nowhere.ts')])).toEqual(['nowhere.ts is not there']);
    const absent = ['not', 'a', 'title'].join('-');
    expect(wrongNames(root, [of(self, { title: absent })])).toEqual([`${self} holds no “${absent}”`]);
    expect(wrongNames(root, [of(self, { link: 'x.ts' })])).toEqual([`${self}: the link leads to x.ts`]);
  });
});
