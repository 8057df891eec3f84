import { isLoopback } from '../loopback.js';

/** The demonstration sign-in lets anyone in as anyone, so it runs on one person's own machine or not at all. */
export class SignInRefused extends Error {}

/** @throws SignInRefused */
export function refuseBeyondThisMachine({ nodeEnv, host }: { readonly nodeEnv: string | undefined; readonly host: string }): void {
  const cure = 'Set CAIRN_OIDC_ISSUER to your own sign-in service';
  if (nodeEnv === 'production')
    throw new SignInRefused(`The demonstration sign-in does not run in production (NODE_ENV=production): it lets anyone in as anyone. ${cure}.`);
  if (!isLoopback(host))
    throw new SignInRefused(
      `The demonstration sign-in does not run where other machines reach it (host ${host}): it lets anyone in as anyone. ${cure}, or listen on 127.0.0.1.`,
    );
}
