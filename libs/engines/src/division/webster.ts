import { fnv1a32 } from '@skerry/kernel/canonical';

export interface Seat {
  readonly cluster: string;
  readonly votes: number;
  readonly seats: number;
  /** seats it may have at most; Infinity: no limit */
  readonly cap: number;
  /** seats that taking away stops at */
  readonly floor: number;
}

/**
 * Webster / Sainte-Laguë: the next seat goes to the largest votes ÷ (2·seats + 1), compared by cross-multiplication, so
 * without rounding. A tie goes to fewer seats, then to the lower FNV-1a-32 of `uid NUL cluster`, then to the name.
 */
export const handOut = (
  seats: readonly Seat[],
  { count, uid }: { count: number; uid: string },
): Map<string, number> => {
  if (count <= 0) return asTheyAre(seats);
  const rows = prepare(seats, uid);
  for (let given = 0; given < count; given += 1) {
    let best: Row | undefined;
    for (const row of rows) {
      if (row.votes > 0 && row.seats < row.cap && (!best || goesBefore(row, best))) best = row;
    }
    if (!best) break;
    best.seats += 1;
  }
  return new Map(rows.map((row) => [row.cluster, row.seats]));
};

/** The reverse: the last seat that the method would have given goes first. */
export const takeAway = (
  seats: readonly Seat[],
  { count, uid }: { count: number; uid: string },
): Map<string, number> => {
  if (count <= 0) return asTheyAre(seats);
  const rows = prepare(seats, uid);
  for (let taken = 0; taken < count; taken += 1) {
    let last: Row | undefined;
    for (const row of rows) {
      if (row.seats > row.floor && (!last || wasGivenBefore(last, row))) last = row;
    }
    if (!last) break;
    last.seats -= 1;
  }
  return new Map(rows.map((row) => [row.cluster, row.seats]));
};

const asTheyAre = (seats: readonly Seat[]): Map<string, number> =>
  new Map(seats.map(({ cluster, seats: has }) => [cluster, has]));

interface Row {
  readonly cluster: string;
  readonly votes: number;
  readonly cap: number;
  readonly floor: number;
  readonly tie: number;
  seats: number;
}

const prepare = (seats: readonly Seat[], uid: string): Row[] =>
  seats.map((seat) => ({ ...seat, tie: fnv1a32(`${uid}\0${seat.cluster}`) }));

/** votes_a ÷ (2·seats_a + 1) against votes_b ÷ (2·seats_b + 1); positive when a's quotient is larger. */
const compareQuotients = (a: { votes: number; seats: number }, b: { votes: number; seats: number }): number =>
  a.votes * (2 * b.seats + 1) - b.votes * (2 * a.seats + 1);

const tieGoesTo = (a: Row, b: Row): boolean => {
  if (a.seats !== b.seats) return a.seats < b.seats;
  if (a.tie !== b.tie) return a.tie < b.tie;
  return a.cluster < b.cluster;
};

const goesBefore = (a: Row, b: Row): boolean => {
  const difference = compareQuotients(a, b);
  return difference === 0 ? tieGoesTo(a, b) : difference > 0;
};

/** Whether a's last seat was given before b's last seat: then b's goes first. */
const wasGivenBefore = (a: Row, b: Row): boolean => {
  const lastOfA = { ...a, seats: a.seats - 1 };
  const lastOfB = { ...b, seats: b.seats - 1 };
  const difference = compareQuotients(lastOfA, lastOfB);
  return difference === 0 ? tieGoesTo(lastOfA, lastOfB) : difference > 0;
};
