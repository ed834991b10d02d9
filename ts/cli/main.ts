import { readFile } from 'node:fs/promises';
import { type ErrorCode, TensorpressError } from '../errors.js';
import { OutputError, parseArguments, UsageError } from './arguments.js';
import { RUNNERS } from './commands.js';
import { printable } from './format.js';
import { HELP } from './usage.js';

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

async function version(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** The first signal stops the work, which removes its temporary files; with a second they go at once, with the process. */
function listenForSignals(controller: AbortController): { code: number | undefined } {
  const caught: { code: number | undefined } = { code: undefined };
  for (const [name, code] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      if (caught.code !== undefined) process.exit(code);
      caught.code = code;
      controller.abort(new Error(name));
    });
  }
  return caught;
}

const controller = new AbortController();
/** Set when standard output takes no more. */
let broken = false;

/** A reader that goes away, as `head` does, ends the work without a word. */
function listenForEnd(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!broken && error.code !== 'EPIPE') {
      process.stderr.write(`tensorpress: io: cannot write to standard output: ${error.message}\n`);
    }
    broken = true;
    process.exitCode = 1;
    controller.abort(error);
  });
}

async function main(): Promise<number> {
  listenForEnd();
  const args = parseArguments(process.argv.slice(2));
  if (args.version) {
    process.stdout.write(`${await version()}\n`);
    return 0;
  }
  if (args.help) {
    process.stdout.write(HELP[args.command] ?? '');
    return 0;
  }
  const caught = listenForSignals(controller);
  try {
    const runner = RUNNERS[args.command];
    if (runner === undefined) throw new UsageError(`there is no command ${args.command}`);
    return await runner(args, controller.signal);
  } catch (error) {
    // At once: what was to be written to a pipe may have no reader who takes it.
    if (caught.code !== undefined) process.exit(caught.code);
    throw error;
  }
}

/** For programs that read the result as JSON: what went wrong, in its place. */
function answer(code: ErrorCode, message: string): void {
  // Nothing is known of arguments that were not understood, but that this is one of them.
  if (!process.argv.includes('--json')) return;
  process.stdout.write(`${JSON.stringify({ error: { code, message } }, null, 2)}\n`);
}

function complain(error: unknown): number {
  if (broken) return 1;
  if (error instanceof UsageError) {
    if (!(error instanceof OutputError)) answer('invalid-option', error.message);
    process.stderr.write(`tensorpress: ${printable(error.message)}\nTry: tensorpress --help\n`);
    return 2;
  }
  if (error instanceof TensorpressError) {
    answer(error.code, error.message);
    process.stderr.write(`tensorpress: ${error.code}: ${printable(error.message)}\n`);
    return error.code === 'invalid-option' ? 2 : 1;
  }
  answer('internal', String(error));
  process.stderr.write(`tensorpress: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
}

// Not process.exit: what is still to be written to a pipe must get out.
const code = await main().catch(complain);
process.exitCode = broken ? 1 : code;
// A pipe that is still open for reading must not keep the process alive.
process.stdin.destroy?.();
