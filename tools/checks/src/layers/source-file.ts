import { parseSync } from '@swc/core';

/** What the check wants to know of a source file. */
export interface SourceFile {
  /** Below the root of the repository, with `/`. */
  readonly path: string;
  /** Specifiers of all imports, re-exports and `import()` with a literal; types too. */
  readonly imports: readonly string[];
  /** Whether it reads the clock by `new Date()` or `Date()`. oxlint's rules cannot tell that from `new Date(ms)`. */
  readonly readsClock: boolean;
  /** Whether `import()` is given something other than a literal: no check can follow that. */
  readonly importsUnknown: boolean;
}

interface Node {
  readonly type?: string;
  readonly [key: string]: unknown;
}

/** Parses a source file. Throws with the path if it is no TypeScript. */
export function readSource(path: string, text: string): SourceFile {
  const imports: string[] = [];
  let readsClock = false;
  let importsUnknown = false;
  visit(parse(path, text), (node) => {
    const from = specifierOf(node);
    if (from !== undefined) imports.push(from);
    if (isDynamicImport(node) && from === undefined) importsUnknown = true;
    if (isClockReading(node)) readsClock = true;
  });
  return { path, imports, readsClock, importsUnknown };
}

function parse(path: string, text: string): Node {
  try {
    return parseSync(text, { syntax: 'typescript', decorators: true, target: 'es2024' }) as unknown as Node;
  } catch (error) {
    throw new SyntaxError(`${path} cannot be parsed: ${(error as Error).message}`, { cause: error });
  }
}

function visit(value: unknown, see: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, see);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const node = value as Node;
  if (node.type !== undefined) see(node);
  for (const child of Object.values(node)) visit(child, see);
}

const statements = new Set(['ImportDeclaration', 'ExportAllDeclaration', 'ExportNamedDeclaration']);

function specifierOf(node: Node): string | undefined {
  if (statements.has(node.type ?? '')) return (node['source'] as { value?: string } | null)?.value;
  if (node.type === 'TsImportType') return (node['argument'] as { value?: string }).value;
  if (!isDynamicImport(node)) return undefined;
  const [first] = node['arguments'] as { expression: { type: string; value?: string } }[];
  return first?.expression.type === 'StringLiteral' ? first.expression.value : undefined;
}

function isDynamicImport(node: Node): boolean {
  return node.type === 'CallExpression' && (node['callee'] as Node).type === 'Import';
}

function isClockReading(node: Node): boolean {
  if (node.type !== 'NewExpression' && node.type !== 'CallExpression') return false;
  const callee = node['callee'] as Node;
  if (callee.type !== 'Identifier' || callee['value'] !== 'Date') return false;
  return node.type === 'CallExpression' || ((node['arguments'] as unknown[] | null) ?? []).length === 0;
}
