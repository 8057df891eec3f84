import { Command, CommanderError } from 'commander';
import { ConfigInvalid, readConfig, type Config } from '@cairn/assembly/config.js';
import { demoCommand } from './demo.js';
import { exits, exitsHelp, Failure, type Exit } from './failure.js';
import { importCommand } from './import.js';
import { recordCommand, type Surroundings } from './record.js';
import { statusCommand } from './status.js';
import { terminalOf } from './terminal.js';
import { tokenCommand } from './token.js';

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
  const light = [demoCommand(surroundings), recordCommand(surroundings), importCommand(surroundings), tokenCommand(surroundings.config), statusCommand(surroundings)];
  const asked = argv.slice(2).find((word) => !word.startsWith('-'));
  const commands = light.some((command) => command.name() === asked) ? light : [...light, ...(await workOnTheData(surroundings))];
  for (const command of commands) program.addCommand(command);
  for (const command of [program, ...program.commands]) command.exitOverride();
  return program;
}

/** These bring the whole record with them: a good half second that a token in a script need not wait for. */
async function workOnTheData(surroundings: Surroundings): Promise<Command[]> {
  const [{ backupCommand }, { restoreCommand }, { rebuildCommand }, { sqlCommand }, { cutCommand }, { differenceCommand }] = await Promise.all([
    import('./backup.js'), import('./restore.js'), import('./rebuild.js'), import('./sql.js'), import('./cut.js'), import('./difference.js'),
  ]);
  return [backupCommand, restoreCommand, rebuildCommand, sqlCommand, cutCommand, differenceCommand].map((command) => command(surroundings));
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
