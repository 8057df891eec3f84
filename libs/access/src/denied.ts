/** The caller's roles do not allow this at all. */
export class Forbidden extends Error {}

/** What was named does not exist, or lies out of the caller's reach: nobody can tell which. */
export class Unknown extends Error {
  readonly code: string;

  constructor(what: 'participant' | 'programme' | 'site' | 'entry' | 'query' | 'staff' | 'account' | 'document') {
    super(`No such ${what === 'staff' ? 'member of staff' : what}, or not one you may see.`);
    this.code = `${what}-unknown`;
  }
}

export type AccessEndedCode = 'access-revoked' | 'access-expired' | 'access-not-granted' | 'engagement-ended';

/** Whoever this is may no longer ask anything here, whatever their token says. */
export class AccessEnded extends Error {
  constructor(
    readonly code: AccessEndedCode,
    message: string,
  ) {
    super(message);
  }
}

/** A correction must say which state of the record it was decided on. */
export class PreconditionNeeded extends Error {}
