/** What a service says of itself. */
export interface ServiceHealth {
  /** what is wrong and needs a restart or a person; undefined: healthy */
  readonly unhealthy: string | undefined;
  /** what it has stopped for by itself, for good: it never goes on; undefined: it has not */
  readonly failure?: unknown;
  /** has folded to the head, or answers: it can take its share of the work */
  readonly ready: boolean;
}
