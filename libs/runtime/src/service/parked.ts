/** Every service says what it has parked on `parked.<service>`, every few seconds while there is something, and once when it is over. */
export const PARKED_SUBJECT = 'parked';

export interface ParkedReport {
  readonly service: string;
  readonly keys: readonly { readonly key: string; readonly reason: string; readonly since: string }[];
}

export const encodeParked = (report: ParkedReport): Uint8Array => new TextEncoder().encode(JSON.stringify(report));
