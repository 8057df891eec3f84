import { Command, CommanderError } from 'commander';
import { ConfigInvalid, readConfig, type Config } from '@cairn/assembly/config.js';
import { exits, exitsHelp, Failure, type Exit } from './failure.js';
import type { Surroundings } from './record.js';
import { terminalOf } from './terminal.js';

/** Brought when asked for: a token in a script need not wait until the whole record is loaded. */
const commands: Readonly<Record<string, () => Promise<(surroundings: Surroundings) => Command>>> = {
  demo: async () => (await import('./demo.js')).demoCommand,
  record: async () => (await import('./record.js')).recordCommand,
  import: async () => (await import('./import.js')).importCommand,
  token: async () => (await import('./token.js')).tokenCommand,
  status: async () => (await import('./status.js')).statusCommand,
  backup: async () => (await import('./backup.js')).backupCommand,
  restore: async () => (await import('./restore.js')).restoreCommand,
  rebuild: async () => (await import('./rebuild.js')).rebuildCommand,
  sql: async () => (await import('./sql.js')).sqlCommand,
  cut: async () => (await import('./cut.js')).cutCommand,
  difference: async () => (await import('./difference.js')).differenceCommand,
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Runs one command line; answers what the process is to exit with. */
export async function run(argv: readonly string[], env: Environment): Promise<number> {
  let exit: Exit = exits.done;
  const config = () => configOf(env);
  const exitWith = (code: Exit) => void (exit = code);
  const surroundings: Surroundings = { config, terminal: terminalOf(env, process.stdout), workingDirectory: env['INIT_CWD'] ?? process.cwd(), exitWith };
  const program = await programOf(surroundings, argv);
  // Whoever reads the output may have heard enough: `cairn record … | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exits.done);
    throw error;
  });
  try {
    await program.parseAsync([...argv]);
    return exit;
  } catch (error) {
    return told(error, program.opts<{ debug?: true }>().debug === true);
  }
}

async function programOf(surroundings: Surroundings, argv: readonly string[]): Promise<Command> {
  const program = new Command('cairn')
    .description('Cairn at the command line: bring a history in, look at one, and care for the service.')
    .option('--debug', 'with an error, print where in the program it came from')
    .showHelpAfterError('Run the command with --help to see what it takes.')
    .addHelpText('after', `
The service is found through its data directory: CAIRN_DATA_DIR, or ./data.

Example:
  npm run cairn -- demo
${exitsHelp}`);
  const asked = argv.slice(2).find((word) => !word.startsWith('-'));
  const those = Object.entries(commands).filter(([name]) => name === asked);
  for (const [, bring] of those.length > 0 ? those : Object.entries(commands)) program.addCommand((await bring())(surroundings));
  for (const command of [program, ...program.commands]) command.exitOverride();
  return program;
}

function configOf(env: Environment): Config {
  try {
    return readConfig(env);
  } catch (error) {
    if (error instanceof ConfigInvalid) throw new Failure(exits.unusable, error.message, 'Correct or unset these environment variables.');
    throw error;
  }
}

/** Says an error in one line what and one line what to do. */
function told(error: unknown, debug: boolean): Exit {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exits.done : exits.unusable;
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  if (error instanceof Failure) {
    say(error.message);
    say(error.next);
  } else {
    say(error instanceof Error ? error.message : String(error));
    if (!debug) say('This was not foreseen. Run it again with --debug ("cairn --debug …") and report what it prints.');
  }
  if (debug && error instanceof Error) say(error.stack ?? '');
  return error instanceof Failure ? error.exit : exits.refused;
}
