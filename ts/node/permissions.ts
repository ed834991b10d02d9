/** The part of Deno's own interface that is asked here. */
interface DenoGlobal {
  permissions: { querySync(of: { name: string }): { state: string } };
}

const deno = (globalThis as { Deno?: DenoGlobal }).Deno;

/** Whether Deno was started with a permission; other runtimes have none to ask for. Never prompts. */
function granted(name: string): boolean {
  return deno === undefined || deno.permissions.querySync({ name }).state === 'granted';
}

/** Whether temporary files may be made where the environment says. */
export const mayMakeTemporaryFiles = (): boolean => granted('write') && granted('env');

/** Whether the machine's name may be asked for. */
export const mayAskForHost = (): boolean => granted('sys');

/** Whether the environment may be looked at. */
export const mayReadEnvironment = (): boolean => granted('env');
