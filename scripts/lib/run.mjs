// Child processes and step lines, for scripts that must work before any npm package is there.
import { spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { root } from './paths.mjs';

/** What a command left behind when it ended. */
export class CommandFailed extends Error {
  constructor(command, outcome) {
    const how = outcome.timedOut
      ? 'ran out of time'
      : outcome.error
        ? outcome.error.message
        : `exit code ${outcome.code}`;
    super(`${command} failed (${how})\n${outcome.output.trimEnd()}`);
    this.name = 'CommandFailed';
    this.outcome = outcome;
  }
}

/**
 * Runs a command to its end and collects what it prints; never throws.
 * `input` is what it reads, `timeout` (seconds) kills it, `echo` also shows its output as it comes.
 */
export function attempt(command, args = [], { cwd = root, env = {}, input, timeout, echo = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      shell: process.platform === 'win32' && !command.endsWith('.exe'),
    });
    // It may end without reading all of it; its exit code says what that means.
    child.stdin?.on('error', () => {}).end(input);
    let output = '';
    let stdout = '';
    let timedOut = false;
    const timer =
      timeout &&
      setTimeout(() => {
        timedOut = true;
        child.kill('SIGKILL');
        // A grandchild may hold the pipes open after the child is gone.
        child.stdout.destroy();
        child.stderr.destroy();
      }, timeout * 1000);
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      stdout += text;
      if (echo) process.stdout.write(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      output += text;
      if (echo) process.stderr.write(text);
    });
    let error;
    child.on('error', (cause) => {
      error = cause;
      finish(-1);
    });
    const finish = (code) => {
      clearTimeout(timer);
      resolve({ ok: code === 0 && !timedOut, code, output, stdout, timedOut, error });
    };
    child.on('close', finish);
  });
}

/** Runs a command and gives what it printed on stdout; throws `CommandFailed` when it fails. */
export async function run(command, args = [], options = {}) {
  const outcome = await attempt(command, args, options);
  if (!outcome.ok) throw new CommandFailed([command, ...args].join(' '), outcome);
  return outcome.stdout;
}

/** Does one step of work and prints one line with the time it took. */
export async function step(title, work) {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  try {
    const result = await work();
    console.log(`  ${title} (${seconds()})`);
    return result;
  } catch (error) {
    console.log(`  ${title}: FAILED (${seconds()})`);
    throw error;
  }
}

/** Ends a script the same way everywhere: the message alone for what was foreseen, the stack for a defect. */
export function fail(error) {
  console.error(error?.name === 'CommandFailed' || error?.name === 'SetupError' ? error.message : error);
  process.exitCode = 1;
}

/** Whether the module at this URL is the program that was started, rather than imported by another. */
export const isMain = (url) => process.argv[1] !== undefined && url === pathToFileURL(process.argv[1]).href;
