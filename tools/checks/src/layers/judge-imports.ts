import { posix } from 'node:path';
import { isSpec, layerOf, pureFolders, shells, specs, type Layer } from './rules.ts';
import type { SourceFile } from './source-file.ts';

/** A package of the repository. */
export interface WorkspacePackage {
  /** `@skerry/kernel`. */
  readonly name: string;
  /** Below the root: `libs/kernel`. */
  readonly folder: string;
  readonly dependencies: ReadonlySet<string>;
  readonly devDependencies: ReadonlySet<string>;
}

export interface Repository {
  readonly files: readonly SourceFile[];
  readonly packages: readonly WorkspacePackage[];
  /** Dev dependencies of the root: specs everywhere may use them. */
  readonly rootDevDependencies: ReadonlySet<string>;
}

/** One broken rule. */
export interface Finding {
  readonly path: string;
  readonly problem: string;
}

/** Judges every import of a file, and its reading of the clock. */
export function judgeImports(file: SourceFile, repository: Repository): Finding[] {
  const layer = layerOf(file.path);
  const own = repository.packages.find(({ folder }) => file.path.startsWith(`${folder}/`));
  if (layer === undefined || own === undefined) {
    return [{ path: file.path, problem: 'lies in no layer and no package' }];
  }
  const place: Place = { file, layer, own, repository };
  return [
    ...file.imports.flatMap((specifier) => judge(specifier, place) ?? []),
    ...(isPure(file.path) && file.readsClock ? ['reads the clock by new Date(); pass the time in'] : []),
    ...(isPure(file.path) && file.importsUnknown ? ['imports something that no check can follow'] : []),
  ].map((problem) => ({ path: file.path, problem }));
}

interface Place {
  readonly file: SourceFile;
  readonly layer: Layer;
  readonly own: WorkspacePackage;
  readonly repository: Repository;
}

const isPure = (path: string): boolean =>
  pureFolders.some((folder) => path.startsWith(folder)) && !shells.includes(path) && !isSpec(path);

function judge(specifier: string, place: Place): string | undefined {
  if (specifier.startsWith('.')) return judgeRelative(specifier, place);
  if (specifier.startsWith('node:')) return judgeNode(specifier, place);
  return specifier.startsWith('@skerry/') ? judgeOwn(specifier, place) : judgeNpm(specifier, place);
}

function judgeRelative(specifier: string, { file, own }: Place): string | undefined {
  const target = posix.join(posix.dirname(file.path), specifier);
  if (target.startsWith(`${own.folder}/`)) return undefined;
  return `imports ${specifier}, which leaves the package; import it by its name`;
}

function judgeNode(specifier: string, { file, layer }: Place): string | undefined {
  if (layer.node || isSpec(file.path) || shells.includes(file.path)) return undefined;
  return `imports ${specifier}; ${layer.name} knows no machine`;
}

function judgeOwn(specifier: string, { file, layer, own }: Place): string | undefined {
  const name = packageName(specifier);
  if (name === own.name) return `imports ${specifier}, its own package; import it by a relative path`;
  const spec = isSpec(file.path);
  const allowed = [...layer.packages, /^@skerry\/contract\//, ...(spec ? specs.packages : [])];
  if (!allowed.some((pattern) => pattern.test(specifier))) return `imports ${specifier}; ${layer.name} may not`;
  // Specs reach test packages that no package declares, as that would make circles of packages.
  if (spec || own.dependencies.has(name)) return undefined;
  return `imports ${specifier}, and ${own.folder}/package.json does not declare ${name}`;
}

function judgeNpm(specifier: string, { file, layer, own, repository }: Place): string | undefined {
  const name = packageName(specifier);
  if (isSpec(file.path)) {
    if (specs.npm.some((pattern) => pattern.test(specifier))) return undefined;
    if (own.devDependencies.has(name) || repository.rootDevDependencies.has(name)) return undefined;
  }
  const allowed = typeof layer.npm === 'boolean' ? layer.npm : layer.npm.some((pattern) => pattern.test(specifier));
  if (!allowed) return `imports ${specifier}; ${layer.name} may not use it`;
  const declared = [
    own.dependencies,
    own.devDependencies,
    ...(isTestTool(layer) ? [repository.rootDevDependencies] : []),
  ];
  if (declared.some((names) => names.has(name))) return undefined;
  return `imports ${specifier}, and ${own.folder}/package.json does not declare ${name}`;
}

const isTestTool = ({ name }: Layer): boolean => name.startsWith('testing');

/** `@scope/name/path` → `@scope/name`; `name/path` → `name`. */
function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
