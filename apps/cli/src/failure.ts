/** What the process exits with. Documented in every --help. */
export const exits = { done: 0, refused: 1, unusable: 2, unreachable: 3 } as const;
export type Exit = (typeof exits)[keyof typeof exits];

export const exitsHelp = `
Exit codes:
  0  done
  1  something was refused, or failed; what it was is said
  2  what was given cannot be used (arguments, file, configuration); nothing was sent
  3  the service is not there, or stopped answering`;

/** A no that a person reads: one line what, one line what to do. */
export class Failure extends Error {
  constructor(
    readonly exit: Exit,
    what: string,
    readonly next: string,
  ) {
    super(what);
  }
}
