import { describe, expect, it } from '@jest/globals';
import { completed, missingFrom } from './lockfile.ts';

const lockfile = {
  packages: {
    'node_modules/tool': {
      version: '1.0.0',
      optionalDependencies: {
        'tool-darwin-arm64': '1.0.0',
        'tool-linux-x64-musl': '^1.0.0',
        'tool-linux-x64-gnu': '1.0.0',
      },
    },
    'node_modules/tool-linux-x64-gnu': { version: '1.0.0' },
    'node_modules/outer/node_modules/inner': {
      version: '2.0.0',
      optionalDependencies: { near: '1.0.0', far: '1.0.0' },
    },
    'node_modules/outer/node_modules/near': { version: '1.0.0' },
    'node_modules/far': { version: '1.0.0' },
  },
};

describe('a lockfile', () => {
  it('misses the packages of systems that its registry did not offer', () => {
    expect(missingFrom(lockfile)).toEqual([
      { name: 'tool-darwin-arm64', version: '1.0.0' },
      { name: 'tool-linux-x64-musl', version: '1.0.0' },
    ]);
  });

  it('is completed with entries that only those systems install', () => {
    const { packages } = completed(lockfile);
    expect(packages['node_modules/tool-darwin-arm64']).toEqual({
      version: '1.0.0',
      optional: true,
      os: ['darwin'],
      cpu: ['arm64'],
    });
    expect(packages['node_modules/tool-linux-x64-musl']).toEqual({
      version: '1.0.0',
      optional: true,
      os: ['linux'],
      cpu: ['x64'],
      libc: ['musl'],
    });
  });

  it('that is complete stays as it is', () => {
    const once = completed(lockfile);
    expect(missingFrom(once)).toEqual([]);
    expect(completed(once)).toEqual(once);
  });
});
