/** What the exit code of `skerry` says. Stable: scripts rely on it. */
export const EXIT = {
  ok: 0,
  refused: 1,
  usage: 2,
  unreachable: 3,
  partly: 4,
  machine: 5,
  story: 6,
  bug: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** For people; printed in the reference and by `skerry --help`. */
export const EXIT_CODES: readonly (readonly [ExitCode, string])[] = [
  [EXIT.ok, 'done'],
  [EXIT.refused, 'the hub refused it, or what was named is not there'],
  [EXIT.usage, 'the command line is wrong'],
  [EXIT.unreachable, 'no hub was found, or it cannot be reached'],
  [EXIT.partly, 'some objects were refused, the others are done'],
  [EXIT.machine, 'something on this machine is in the way: a port, space, a missing program, a state folder in use'],
  [EXIT.story, 'a step of the story failed, or a cluster did not become ready'],
  [EXIT.bug, 'a bug in Skerry; SKERRY_DEBUG=1 shows where'],
  [EXIT.interrupted, 'ended by Ctrl-C before it was done'],
];
