export type UnauthorisedCode =
  | 'token-missing'
  | 'token-malformed'
  | 'token-expired'
  | 'token-not-yet-valid'
  | 'token-invalid'
  | 'no-role'
  | 'mixed-masking'
  | 'no-staff'
  | 'sign-in-unavailable';

/**
 * Nobody is known to have sent this request. The message says what to do and never repeats the token.
 * `sign-in-unavailable` is no fault of the caller's: the same token may do in a moment.
 */
export class Unauthorised extends Error {
  constructor(
    readonly code: UnauthorisedCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
