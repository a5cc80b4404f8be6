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
  for (let given = leap(rows, { count, to: 'more' }); given < count; given += 1) {
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
  for (let taken = leap(rows, { count, to: 'fewer' }); taken < count; taken += 1) {
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

/** So many seats short of where a quotient leads: more than rounding can be wrong by. */
const MARGIN = 2;
const HALVINGS = 60;
/** Fewer are counted sooner one by one. */
const WORTH_A_LEAP = 200;

/**
 * Moves the rows most of the way at once, and answers how many seats that was: one by one, a count of two thousand million
 * would hold up everybody for minutes. What the method gives are the seats with the largest quotients; those above any
 * one quotient are a part of them in whatever order they are given, so a little before the last quotient that leads no
 * further than `count` the rows are where the method comes by.
 */
const leap = (rows: readonly Row[], { count, to }: { count: number; to: 'more' | 'fewer' }): number => {
  if (count <= Math.max(WORTH_A_LEAP, rows.length * 2 * MARGIN)) return 0;
  const moved = (quotient: number, margin: number): number =>
    rows.reduce((sum, row) => sum + Math.abs(seatsAt(row, { quotient, to, margin }) - row.seats), 0);
  let [few, many] =
    to === 'more' ? [Math.max(...rows.map(({ votes }) => votes)), 0] : [0, Math.max(...rows.map(({ votes }) => votes))];
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (few + many) / 2;
    if (moved(middle, 0) <= count) few = middle;
    else many = middle;
  }
  if (moved(few, 0) > count) return 0;
  const total = moved(few, MARGIN);
  for (const row of rows) row.seats = seatsAt(row, { quotient: few, to, margin: MARGIN });
  return total;
};

/** Seats of the row whose quotient lies above that one, within what the row may have, short by the margin. */
const seatsAt = (
  { votes, seats, cap, floor }: Row,
  { quotient, to, margin }: { quotient: number; to: 'more' | 'fewer'; margin: number },
): number => {
  const above = votes > 0 ? Math.max(0, Math.ceil((votes / quotient - 1) / 2)) : 0;
  if (to === 'fewer') return Math.min(seats, Math.max(floor, above + margin));
  return votes > 0 ? Math.max(seats, Math.min(cap, above) - margin) : seats;
};

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
