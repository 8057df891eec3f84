import { Command } from 'commander';
import { exits, exitsHelp, Failure } from './failure.js';
import { mint, roleOf } from './people.js';
import type { Surroundings } from './record.js';
import { findService } from './service.js';

interface Options {
  readonly as: string;
  readonly subject?: string;
  readonly staff?: string;
  readonly name?: string;
  readonly site?: string[];
  readonly expires: string;
  readonly url?: string;
}

export function tokenCommand({ config }: Surroundings): Command {
  return new Command('token')
    .summary('print an access token, for scripts')
    .description('Prints an access token of the service’s own sign-in, and nothing else. It is signed with the key in the data directory.')
    .requiredOption('--as <role>', 'the role to have')
    .option('--subject <id>', 'who it is; the role’s name when left out')
    .option('--staff <id>', 'their staff id; a worker’s is the subject when left out')
    .option('--name <name>', 'their name as they sign with it; a signature needs one')
    .option('--site <site...>', 'the sites they belong to')
    .option('--expires <time>', 'how long it holds, as in 30m or 12h', '12h')
    .option('--url <url>', 'the service; the one on the data directory when left out')
    .addHelpText('after', `
Example:
  curl -H "Authorization: Bearer $(npm run -s cairn -- token --as worker --subject w1 --site s1)" \\
    http://127.0.0.1:4400/v1/caseload
${exitsHelp}`)
    .action(async (options: Options) => {
      const role = roleOf(options.as);
      const seconds = secondsOf(options.expires);
      const settings = config();
      // Checked before the service is looked for: with a provider elsewhere no service makes this possible.
      const found = settings.oidcIssuer === undefined ? await findService(settings, options.url) : { url: '' };
      const person = { role, subject: options.subject ?? role, sites: options.site ?? [], ...(options.staff !== undefined && { staff: options.staff }), ...(options.name !== undefined && { name: options.name }) };
      process.stdout.write(`${await mint(settings, found, person, seconds)}\n`);
    });
}

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

function secondsOf(text: string): number {
  const [, count, unit = ''] = /^([1-9]\d{0,4})([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (units[unit] ?? NaN);
  if (!(seconds <= 30 * 86_400)) throw new Failure(exits.unusable, `"${text}" is not a time a token can hold.`, 'Give a number and s, m, h or d, up to 30d: --expires 12h.');
  return seconds;
}
