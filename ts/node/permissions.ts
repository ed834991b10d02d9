import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The part of Deno's own interface that is asked here. */
interface DenoGlobal {
  permissions: { querySync(of: { name: string }): { state: string } };
}

const deno = (globalThis as { Deno?: DenoGlobal }).Deno;

/** Whether Deno was started with a permission; other runtimes have none to ask for. Never prompts. */
function granted(name: string): boolean {
  return deno === undefined || deno.permissions.querySync({ name }).state === 'granted';
}

/** The same for Node, where it was started with its permission model. */
function allowed(scope: string, path: string): boolean {
  const { permission } = process as { permission?: { has(scope: string, path: string): boolean } };
  return permission === undefined || permission.has(scope, path);
}

/** Whether temporary files may be made where the environment says, and read again. */
export function mayMakeTemporaryFiles(): boolean {
  if (!granted('write') || !granted('env')) return false;
  const file = join(tmpdir(), 'tensorpress');
  return allowed('fs.write', file) && allowed('fs.read', file);
}

/** Whether the machine's name may be asked for. */
export const mayAskForHost = (): boolean => granted('sys');

/** Whether the environment may be looked at. */
export const mayReadEnvironment = (): boolean => granted('env');
