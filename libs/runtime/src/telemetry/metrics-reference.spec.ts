import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { metricsReference } from './metrics-reference.ts';
import { PrometheusMetrics } from './prometheus.ts';

const path = join(import.meta.dirname, '../../../../docs/reference/metrics.md');

describe('the reference of metrics', () => {
  // `npm run reference -w @skerry/runtime` renews it: the same code, so that writer and check cannot differ.
  it('says what the code says', () => {
    const text = metricsReference();
    if (process.env['SKERRY_WRITE_REFERENCE']) writeFileSync(path, text);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('names all that is exposed, and nothing else', async () => {
    const exposed = [...(await new PrometheusMetrics().text()).matchAll(/^# TYPE (\S+) (\S+)$/gm)];
    const told = [...metricsReference().matchAll(/^- `(\S+)` _(\S+)_/gm)];
    const names = (matches: readonly RegExpMatchArray[]) => matches.map(([, name, type]) => `${name} ${type}`).sort();
    expect(names(told)).toEqual(names(exposed));
  });
});
