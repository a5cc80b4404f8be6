/** What an expression of PromQL asks for: which metrics, and which labels of theirs. */
export interface Asked {
  readonly metrics: readonly string[];
  readonly labels: readonly string[];
}

const WORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan', 'atan2']);
const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^()]*)\)/g;

/**
 * Reads names out of an expression: whatever is an identifier and neither function, keyword, label nor unit names a metric. So a
 * misspelt one is seen whatever it is misspelt to. Parsing is promtool's part; this takes an expression that it accepts.
 */
export const askedBy = (expression: string): Asked => {
  const labels: string[] = [];
  const bare = expression
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\{([^}]*)\}/g, (_all, matchers: string) => {
      labels.push(...[...matchers.matchAll(/([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label!));
      return '';
    })
    .replaceAll(GROUPING, (_all, names: string) => {
      labels.push(...(names.match(/\w+/g) ?? []));
      return '';
    });
  const names = [...bare.matchAll(/(?<![\w:.])([a-zA-Z_:][\w:]*)(?!\s*\()(?![\w:])/g)].map(([, name]) => name!);
  const metrics = names.filter((name) => !WORDS.has(name.toLowerCase()));
  return { metrics: [...new Set(metrics)], labels: [...new Set(labels)] };
};
