import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkLayers } from './check-layers.ts';

const repository = join(import.meta.dirname, '../../../..');
const fixture = join(repository, 'tools/checks/fixtures/broken');
let root: string;

// The fixture is a repository in small that breaks each rule. It is copied, so that paths are as in a real one and the
// lint's own exception for fixtures does not hold.
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'skerry-layers-'));
  cpSync(fixture, root, { recursive: true });
  // Under their real name npm, Nx and jest would take the fixture's packages for ours.
  for (const path of globSync('**/manifest.json', { cwd: root })) {
    renameSync(join(root, path), join(root, dirname(path), 'package.json'));
  }
  cpSync(join(repository, '.oxlintrc.json'), join(root, '.oxlintrc.json'));
  mkdirSync(join(root, 'libs/runtime/src'), { recursive: true }); // git keeps no empty folder
  const lines = (count: number): string => 'export {};\n'.repeat(count);
  writeFileSync(join(root, 'libs/runtime/src/long.ts'), lines(301));
  writeFileSync(join(root, 'libs/runtime/src/long.spec.ts'), lines(500));
  writeFileSync(join(root, 'libs/runtime/src/longer.spec.ts'), lines(501));
  writeFileSync(join(root, 'libs/runtime/src/function.ts'), `export function f(): void {\n${'  f();\n'.repeat(50)}}\n`);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('the layer check reports', () => {
  it.each([
    ['libs/kernel/src/imports-up.ts', 'imports @skerry/domain/place; kernel may not'],
    ['libs/domain/src/place.ts', 'imports node:fs; domain knows no machine'],
    [
      'libs/domain/src/place.ts',
      'imports ../../kernel/src/imports-up.ts, which leaves the package; import it by its name',
    ],
    ['libs/domain/src/place.ts', 'imports lodash; domain may not use it'],
    ['libs/domain/src/place.ts', 'imports @skerry/domain/other, its own package; import it by a relative path'],
    ['libs/engines/src/clock.ts', 'reads the clock by new Date(); pass the time in'],
    ['libs/engines/src/world.ts', 'imports something that no check can follow'],
    ['libs/api/src/common/first.ts', 'is named "common", which does not say what it is for'],
    [
      'libs/api/src/common/first.ts',
      'is in a circle of imports: libs/api/src/common/first.ts → libs/api/src/second.ts → libs/api/src/common/first.ts',
    ],
    ['libs/adapters/src/postgres/foreign-client.ts', 'imports undici; adapters/postgres may not use it'],
    [
      'libs/adapters/src/postgres/foreign-client.ts',
      'imports @skerry/ports/event-store, and libs/adapters/package.json does not declare @skerry/ports',
    ],
    ['services/relay/src/neighbour.ts', 'imports @skerry/gateway/gateway.module; services may not'],
    ['services/relay/src/neighbour.ts', 'imports pg; services may not use it'],
    ['e2e/inside.e2e.ts', 'imports @skerry/gateway/store/rows; testing, e2e, bench may not'],
  ])('%s: %s', (path, problem) => {
    expect(checkLayers(root)).toContainEqual({ path, problem });
  });

  it('nothing about what is allowed: a shell, a spec with test tools, a service wired by a test', () => {
    const allowed = ['libs/kube-api/src/http.ts', 'libs/domain/src/no-spec.spec.ts'];
    const findings = checkLayers(root);
    expect(findings.filter(({ path }) => allowed.includes(path))).toEqual([]);
    expect(findings.filter(({ problem }) => problem.includes('e2e, bench'))).toHaveLength(1);
  });
});

describe('the lint reports', () => {
  let findings: string[];
  beforeAll(() => {
    findings = lint(root);
  });

  it.each([
    ['libs/engines/src/clock.ts:1', 'no-restricted-properties'],
    ['libs/engines/src/clock.ts:1', 'no-restricted-globals'],
    ['libs/engines/src/world.ts:1', 'no-restricted-properties'],
    ['libs/engines/src/world.ts:2', 'no-restricted-globals'],
    ['libs/engines/src/world.ts:3', 'no-restricted-globals'],
    ['libs/engines/src/world.ts:4', 'no-restricted-globals'],
    ['libs/engines/src/world.ts:5', 'no-restricted-globals'],
    ['libs/engines/src/default.ts:1', 'no-default-export'],
    ['libs/runtime/src/long.ts', 'max-lines'],
    ['libs/runtime/src/longer.spec.ts', 'max-lines'],
    ['libs/runtime/src/function.ts:1', 'max-lines-per-function'],
  ])('%s: %s', (place, rule) => {
    expect(findings.filter((line) => line.startsWith(place) && line.includes(`(${rule})`))).not.toEqual([]);
  });

  it('nothing about a time that is given, a shell, or a spec of 500 lines', () => {
    const allowed = ['libs/engines/src/clock.ts:2', 'libs/kube-api/src/http.ts', 'libs/runtime/src/long.spec.ts'];
    expect(findings.filter((line) => allowed.some((place) => line.startsWith(place)))).toEqual([]);
  });
});

interface Diagnostic {
  readonly filename: string;
  readonly code: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

/** `path:line (rule)` for each finding. */
function lint(folder: string): string[] {
  const oxlint = join(repository, 'node_modules/.bin/oxlint');
  try {
    execFileSync(oxlint, ['--format=json'], { cwd: folder });
  } catch (error) {
    const { diagnostics } = JSON.parse(String((error as { stdout: Buffer }).stdout)) as { diagnostics: Diagnostic[] };
    return diagnostics.map(
      ({ filename, code, labels }) => `${filename}:${labels[0]?.span.line} (${code.replace(/^.*\((.*)\)$/, '$1')})`,
    );
  }
  throw new Error('the lint found nothing in the fixture');
}
