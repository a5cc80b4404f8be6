import { RE2JS } from 're2js';

/** A regular expression of a custom resource's schema. */
export interface Pattern {
  readonly source: string;
  /** whether it matches somewhere in the text, in time linear in its length */
  readonly test: (text: string) => boolean;
}

/**
 * In the syntax of RE2, as Kubernetes reads it. Not RegExp: both the pattern and the text are clients', and with `(a+)+$` a
 * text of 40 characters would hold up everybody for years. Throws where the pattern is none.
 */
export function compilePattern(source: string): Pattern {
  const compiled = RE2JS.compile(source);
  return { source, test: (text) => compiled.matcher(text).find() };
}
