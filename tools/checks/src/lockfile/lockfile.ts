/** A package-lock.json, as far as it is read here. */
export interface Lockfile {
  packages: Record<string, LockedPackage>;
}

interface LockedPackage {
  readonly version?: string;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** A package for one system that another names, and the lockfile does not have. */
export interface Missing {
  readonly name: string;
  readonly version: string;
}

/**
 * The optional packages that the lockfile names and does not have. npm leaves out those that a registry did not offer
 * when the lockfile was made (a mirror that carries one system only), and `npm ci` then refuses the whole lockfile.
 */
export function missingFrom(lockfile: Lockfile): Missing[] {
  return Object.entries(lockfile.packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !isThere(lockfile, { path, name }))
      .map(([name, version]) => ({ name, version: version.replace(/^[\^~]/, '') })),
  );
}

/** The lockfile with an entry for each missing package, limited to its system by its name, as npm would have written it. */
export function completed(lockfile: Lockfile): Lockfile {
  const added = missingFrom(lockfile).map(({ name, version }): [string, LockedPackage] => [
    `node_modules/${name}`,
    { version, optional: true, ...systemOf(name) },
  ]);
  const all = [...Object.entries(lockfile.packages), ...added];
  return { ...lockfile, packages: Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) };
}

/** As Node resolves: in the package's own node_modules, then in each above it. */
function isThere({ packages }: Lockfile, { path, name }: { path: string; name: string }): boolean {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`] !== undefined) return true;
    if (at === '') return false;
  }
}

const systems: Readonly<Record<string, string>> = {
  darwin: 'darwin',
  win32: 'win32',
  windows: 'win32',
  freebsd: 'freebsd',
  android: 'android',
  openharmony: 'openharmony',
  linux: 'linux',
};
const processors: Readonly<Record<string, string>> = {
  arm64: 'arm64',
  aarch64: 'arm64',
  x64: 'x64',
  ia32: 'ia32',
  armv7: 'arm',
  arm: 'arm',
  ppc64: 'ppc64',
  s390x: 's390x',
  riscv64: 'riscv64',
  loong64: 'loong64',
  wasm32: 'wasm32',
};

function systemOf(name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> {
  const words = name.split(/[-/]/);
  const pick = (known: Readonly<Record<string, string>>): string[] =>
    words.flatMap((word) => known[word] ?? []).slice(0, 1);
  const libc = /musl/.test(name) ? ['musl'] : /-gnu/.test(name) ? ['glibc'] : [];
  return Object.fromEntries(
    Object.entries({ os: pick(systems), cpu: pick(processors), libc }).filter(([, values]) => values.length > 0),
  );
}
