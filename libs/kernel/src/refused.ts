/** The domain's no. `code` is stable and public; the message says what was refused, of what, and what to do. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** One thing wrong with what was sent: a path such as `sections[0].id`, and what it should be. */
export interface Fault {
  readonly field: string;
  readonly message: string;
}

/** Malformed data, with every field at fault. */
export class Invalid extends Error {
  constructor(readonly faults: readonly Fault[]) {
    super(faults.map(({ field, message }) => `${field}: ${message}`).join('; '));
  }
}
