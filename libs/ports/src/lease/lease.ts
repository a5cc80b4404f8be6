export interface LeaseTerm {
  readonly name: string;
  readonly holder: string;
  /** grows by one with every change of holder, and with every fresh acquisition; appends carry it */
  readonly term: number;
}

/**
 * Leases by the store's clock. A holder that was not renewed within `ttlMs` can be replaced; its appends are then
 * refused inside the append, so no clock of the holder's matters for safety.
 */
export interface Leases {
  /** undefined while somebody else holds it */
  acquire(request: { name: string; holder: string; ttlMs: number }): Promise<LeaseTerm | undefined>;
  /** false when the term is no longer held: stop at once */
  renew(term: LeaseTerm, ttlMs: number): Promise<boolean>;
  release(term: LeaseTerm): Promise<void>;
}
