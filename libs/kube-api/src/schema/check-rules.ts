import { isObject } from '../merge/json.ts';
import { itemElement } from '../merge/path-element.ts';
import type { FieldProblem } from '../status-errors/errors.ts';
import { duplicateValue, invalidValue, notSupported } from '../status-errors/field-problems.ts';
import type { Schema, ValueRules } from './schema.ts';

interface RuleStep {
  readonly value: unknown;
  readonly schema: Schema;
  readonly path: string;
}

/** Limits of a custom resource's schema. */
export function checkRules({ value, schema, path }: RuleStep, problems: FieldProblem[]): void {
  const { rules } = schema;
  if (rules === undefined) return;
  if (rules.enum !== undefined && !rules.enum.some((allowed) => allowed === value)) {
    problems.push(notSupported(path, value, rules.enum));
  }
  if (typeof value === 'number')
    checkNumber(value, rules, (text) => problems.push(invalidValue(path, value, body(path, text))));
  if (typeof value === 'string') checkText({ value, rules, path }, problems);
  if (Array.isArray(value))
    checkCount({ count: value.length, least: rules.minItems, most: rules.maxItems, path, what: 'items' }, problems);
  if (isObject(value)) {
    const count = Object.keys(value).length;
    checkCount({ count, least: rules.minProperties, most: rules.maxProperties, path, what: 'properties' }, problems);
  }
}

function body(path: string, text: string): string {
  return `${path} in body ${text}`;
}

function checkNumber(value: number, rules: ValueRules, report: (text: string) => void): void {
  const { minimum, maximum, multipleOf } = rules;
  if (minimum !== undefined && (rules.exclusiveMinimum ? value <= minimum : value < minimum)) {
    report(`should be greater than ${rules.exclusiveMinimum ? '' : 'or equal to '}${minimum}`);
  }
  if (maximum !== undefined && (rules.exclusiveMaximum ? value >= maximum : value > maximum)) {
    report(`should be less than ${rules.exclusiveMaximum ? '' : 'or equal to '}${maximum}`);
  }
  if (multipleOf !== undefined && value % multipleOf !== 0) report(`should be a multiple of ${multipleOf}`);
}

interface TextStep {
  readonly value: string;
  readonly rules: ValueRules;
  readonly path: string;
}

function checkText({ value, rules, path }: TextStep, problems: FieldProblem[]): void {
  const length = [...value].length;
  if (rules.minLength !== undefined && length < rules.minLength) {
    problems.push(invalidValue(path, value, body(path, `should be at least ${rules.minLength} chars long`)));
  }
  if (rules.maxLength !== undefined && length > rules.maxLength) {
    const message = `Too long: may not be more than ${rules.maxLength} bytes`;
    problems.push({ field: path, reason: 'FieldValueTooLong', message });
  }
  if (rules.pattern !== undefined && !rules.pattern.test(value)) {
    problems.push(invalidValue(path, value, body(path, `should match '${rules.pattern.source}'`)));
  }
}

interface CountStep {
  readonly count: number;
  readonly least: number | undefined;
  readonly most: number | undefined;
  readonly path: string;
  readonly what: 'items' | 'properties';
}

function checkCount({ count, least, most, path, what }: CountStep, problems: FieldProblem[]): void {
  if (least !== undefined && count < least) {
    problems.push(invalidValue(path, count, body(path, `should have at least ${least} ${what}`)));
  }
  if (most !== undefined && count > most) {
    const message = `Too many: ${count}: must have at most ${most} items`;
    problems.push({ field: path, reason: 'FieldValueTooMany', message });
  }
}

/** Items of an associative list of a custom resource are told apart by their element. */
export function checkUnique({ value, schema, path }: RuleStep, problems: FieldProblem[]): void {
  if (schema.listType === 'atomic') return;
  const seen = new Set<string>();
  (value as readonly unknown[]).forEach((item, index) => {
    let element: string;
    try {
      element = itemElement(schema, item);
    } catch (cause) {
      problems.push(invalidValue(`${path}[${index}]`, item, (cause as Error).message));
      return;
    }
    if (seen.has(element)) {
      const shown = element.startsWith('k:') ? (JSON.parse(element.slice(2)) as unknown) : item;
      problems.push(duplicateValue(`${path}[${index}]`, shown));
    }
    seen.add(element);
  });
}
