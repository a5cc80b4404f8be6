import { readFileSync } from 'node:fs';
import { TerminalFailure } from '@skerry/kernel/errors';

/** One setting of a process: how its text is read, and what it is when nobody sets it. */
export interface Setting<T> {
  readonly describe: string;
  /** for people: what is allowed */
  readonly allowed: string;
  /** undefined: not allowed */
  readonly parse: (text: string) => T | undefined;
  /** without it the setting is required */
  readonly otherwise?: T;
  /** may also come from the file that `<NAME>_FILE` names, and its value is never repeated in a message */
  readonly isSecret?: true;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;
export type ValuesOf<S extends Settings> = { readonly [Name in keyof S]: S[Name] extends Setting<infer T> ? T : never };

const PREFIX = 'SKERRY_';
const FILE = '_FILE';

/**
 * Reads the settings from the environment, once. Throws TerminalFailure `settings` that names everything that is missing,
 * malformed or unknown: an unknown name that begins with SKERRY_ is a setting that somebody believes to have set.
 */
export const readSettings = <S extends Settings>(
  settings: S,
  environment: Readonly<Record<string, string | undefined>>,
): ValuesOf<S> => {
  const wrong: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(settings)) {
    try {
      values[name] = valueOf(name, { setting, environment });
    } catch (error) {
      wrong.push((error as Error).message);
    }
  }
  wrong.push(...unknownNames(settings, environment));
  if (wrong.length === 0) return values as ValuesOf<S>;
  throw new TerminalFailure(wrong.join('\n'), { code: 'settings' });
};

const valueOf = (
  name: string,
  { setting, environment }: { setting: Setting<unknown>; environment: Readonly<Record<string, string | undefined>> },
): unknown => {
  const text = textOf(name, { setting, environment });
  if (text === undefined) {
    if ('otherwise' in setting) return setting.otherwise;
    const orFile = setting.isSecret ? ` (or ${name}${FILE}: a file that holds it)` : '';
    throw new Error(`${name} is not set${orFile}: ${setting.describe}; allowed: ${setting.allowed}`);
  }
  const value = setting.parse(text);
  if (value !== undefined) return value;
  const shown = setting.isSecret ? 'has a value that is not shown here' : `is ${JSON.stringify(text)}`;
  throw new Error(`${name} ${shown}; allowed: ${setting.allowed}`);
};

/** Empty counts as not set: charts and compose files leave a name with nothing behind it. */
const textOf = (
  name: string,
  { setting, environment }: { setting: Setting<unknown>; environment: Readonly<Record<string, string | undefined>> },
): string | undefined => {
  const direct = environment[name] || undefined;
  const path = setting.isSecret && environment[name + FILE] ? environment[name + FILE] : undefined;
  if (direct !== undefined && path !== undefined) throw new Error(`${name} and ${name}${FILE} are both set: set one`);
  if (path === undefined) return direct;
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new Error(`${name}${FILE} names ${path}, which cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
};

const unknownNames = (settings: Settings, environment: Readonly<Record<string, string | undefined>>): string[] => {
  const known = new Set(
    Object.entries(settings).flatMap(([name, { isSecret }]) => (isSecret ? [name, name + FILE] : [name])),
  );
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !known.has(name))
    .sort()
    .map((name) => `${name} is not a setting of this program; there are: ${[...known].sort().join(', ')}`);
};

export const text = (describe: string): Setting<string> => ({ describe, allowed: 'any text', parse: (value) => value });

export const secret = (describe: string): Setting<string> & { readonly isSecret: true } => ({
  ...text(describe),
  isSecret: true,
});

export const optional = <T>(setting: Setting<T>): Setting<T | undefined> => ({ ...setting, otherwise: undefined });

export const withDefault = <T>(setting: Setting<T>, otherwise: T): Setting<T> => ({ ...setting, otherwise });

export const wholeNumber = (describe: string, { from, to }: { from: number; to: number }): Setting<number> => ({
  describe,
  allowed: `a whole number from ${from} to ${to}`,
  parse: (value) => {
    const number = /^\d+$/.test(value) ? Number(value) : NaN;
    return number >= from && number <= to ? number : undefined;
  },
});

export const share = (describe: string): Setting<number> => ({
  describe,
  allowed: 'a number from 0 to 1',
  parse: (value) => (/^(0|1|0?\.\d+|[01]\.0+)$/.test(value) ? Number(value) : undefined),
});

export const oneOf = <T extends string>(describe: string, choices: readonly T[]): Setting<T> => ({
  describe,
  allowed: choices.join(', '),
  parse: (value) => choices.find((choice) => choice === value),
});

/** Addresses with one of these schemes. */
export const url = (describe: string, schemes: readonly string[]): Setting<string> => ({
  describe,
  allowed: `a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
  parse: (value) =>
    schemes.some((scheme) => value.startsWith(`${scheme}://`)) && URL.canParse(value) ? value : undefined,
});

/** One or more, with commas between them. */
export const urls = (describe: string, schemes: readonly string[]): Setting<readonly string[]> => {
  const one = url(describe, schemes);
  return {
    describe,
    allowed: `${one.allowed}; several with commas between them`,
    parse: (value) => {
      const parts = value.split(',').map((part) => one.parse(part.trim()));
      return parts.some((part) => part === undefined) ? undefined : (parts as string[]);
    },
  };
};
