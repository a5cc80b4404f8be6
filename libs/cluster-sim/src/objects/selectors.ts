import type { LabelSelector, SelectorExpression } from './views.ts';

type Labels = Readonly<Record<string, string>>;

export const matchesExpression = (labels: Labels, { key, operator, values = [] }: SelectorExpression): boolean => {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
};

/** Whether labels have what a selector asks for. A selector that is absent chooses nothing, as for workloads. */
export const matchesSelector = (labels: Labels, selector: LabelSelector | undefined): boolean => {
  if (selector === undefined) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  for (const key in matchLabels) if (labels[key] !== matchLabels[key]) return false;
  return matchExpressions.every((expression) => matchesExpression(labels, expression));
};
