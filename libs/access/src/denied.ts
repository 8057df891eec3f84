/** The caller's roles do not allow this at all. */
export class Forbidden extends Error {}

/** What was named does not exist, or lies out of the caller's reach: nobody can tell which. */
export class Unknown extends Error {
  readonly code: string;

  constructor(what: 'participant' | 'programme' | 'site' | 'entry' | 'query') {
    super(`No such ${what}, or not one you may see.`);
    this.code = `${what}-unknown`;
  }
}

/** A correction must say which state of the record it was decided on. */
export class PreconditionNeeded extends Error {}
