import { badRequest } from '../status-errors/errors.ts';

export type Labels = Readonly<Record<string, string>>;
export type LabelMatcher = (labels: Labels) => boolean;

const labelKey = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** Reads a `labelSelector` such as `app=a,tier in (x,y),!old`; undefined if it selects everything. */
export function parseLabelSelector(text: string): LabelMatcher | undefined {
  if (text.trim() === '') return undefined;
  const matchers = splitRequirements(text).map((part) => parseRequirement(part.trim(), text));
  return (labels) => matchers.every((matches) => matches(labels));
}

/** Commas inside parentheses separate values, not requirements. */
function splitRequirements(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '(') depth++;
    else if (character === ')') depth--;
    else if (character === ',' && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function parseRequirement(part: string, whole: string): LabelMatcher {
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(part);
  if (set !== null) return inSet(set, whole);
  const number = /^([^\s<>=!]+)\s*([<>])\s*(-?\d+)$/.exec(part);
  if (number !== null) {
    const [, key = '', operator, text] = number;
    checkKey(key, whole);
    const bound = Number(text);
    return (labels) => {
      const value = Object.hasOwn(labels, key) ? Number(labels[key]) : Number.NaN;
      return operator === '>' ? value > bound : value < bound;
    };
  }
  const equals = /^([^\s!=]+)\s*(==|=|!=)\s*(\S*)$/.exec(part);
  if (equals !== null) {
    const [, key = '', operator, value = ''] = equals;
    checkKey(key, whole);
    checkValue(value, whole);
    if (operator === '!=') return (labels) => !Object.hasOwn(labels, key) || labels[key] !== value;
    return (labels) => Object.hasOwn(labels, key) && labels[key] === value;
  }
  const exists = /^(!?)\s*(\S+)$/.exec(part);
  if (exists === null) throw unparsable(whole, part);
  const [, not, key = ''] = exists;
  checkKey(key, whole);
  return (labels) => Object.hasOwn(labels, key) === (not === '');
}

function inSet([, key = '', operator, list = '']: RegExpExecArray, whole: string): LabelMatcher {
  checkKey(key, whole);
  const values = new Set(list.split(',').map((value) => value.trim()));
  for (const value of values) checkValue(value, whole);
  if (operator === 'in') return (labels) => Object.hasOwn(labels, key) && values.has(labels[key] as string);
  return (labels) => !Object.hasOwn(labels, key) || !values.has(labels[key] as string);
}

function checkKey(key: string, whole: string): void {
  if (!labelKey.test(key)) throw unparsable(whole, key);
}

function checkValue(value: string, whole: string): void {
  if (!labelValue.test(value)) throw unparsable(whole, value);
}

function unparsable(whole: string, part: string): Error {
  return badRequest(
    `unable to parse requirement: ${JSON.stringify(part)} in labelSelector ${JSON.stringify(whole)}; ` +
      'allowed are key=value, key!=value, key in (a,b), key notin (a,b), key, !key, key>1, key<1',
  );
}
