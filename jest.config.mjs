// Suites by file name: `x.spec.ts` (pure, milliseconds), `x.int.spec.ts` (one real dependency), `x.e2e.ts`; and the simulation.
// Tests run on sources through the export condition `source`, so no build has to come before them.
const swc = [
  '@swc/jest',
  {
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true },
      target: 'es2024',
      keepClassNames: true,
    },
    module: { type: 'es6' },
    sourceMaps: 'inline',
  },
];

const suite = (displayName, more) => ({
  displayName,
  rootDir: import.meta.dirname,
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': swc },
  transformIgnorePatterns: ['/node_modules/', '/dist/'],
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] }, // jest adds import or require
  modulePathIgnorePatterns: ['/dist/', '/\\.skerry/'],
  ...more,
});

const roots = ['libs', 'services', 'apps', 'tools'].map((folder) => `<rootDir>/${folder}`);

export default {
  watchman: false,
  projects: [
    suite('unit', {
      roots,
      testMatch: ['**/*.spec.ts'],
      testPathIgnorePatterns: ['\\.int\\.spec\\.ts$', '/node_modules/', '/dist/', '/fixtures/broken/'],
    }),
    suite('integration', { roots, testMatch: ['**/*.int.spec.ts'] }),
    suite('e2e', {
      roots: ['<rootDir>/e2e'],
      testMatch: ['**/*.e2e.ts'],
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/e2e/simulation/'],
    }),
    suite('simulation', { roots: ['<rootDir>/e2e'], testMatch: ['**/e2e/simulation/**/*.e2e.ts'] }),
  ],
};
