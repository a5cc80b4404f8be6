import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { HubObject } from './hub-api.ts';

/** All objects of a YAML text, in order. Throws with line and column where it is no YAML. */
export const parseManifests = (text: string): HubObject[] =>
  parseAllDocuments(text)
    .map((document) => {
      const [error] = document.errors;
      if (error) throw error;
      return document.toJS() as HubObject | null;
    })
    .filter((object) => object !== null)
    .flatMap((object) => (object.kind === 'List' ? (object['items'] as HubObject[]) : [object]));

/** The repository's folder `examples/`, from source and from dist alike. */
export const readExample = (name: string): HubObject[] =>
  parseManifests(readFileSync(new URL(`../../../../examples/${name}`, import.meta.url), 'utf8'));
