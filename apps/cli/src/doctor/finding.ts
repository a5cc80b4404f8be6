/** One line of `skerry doctor`. */
export interface Finding {
  /** `missing` is got by the next start, or needed by nothing yet; `wrong` is in the way */
  readonly verdict: 'ok' | 'missing' | 'wrong';
  readonly what: string;
  readonly found: string;
  /** empty: nothing to do */
  readonly remedy: string;
}

export const ok = (what: string, found: string): Finding => ({ verdict: 'ok', what, found, remedy: '' });
