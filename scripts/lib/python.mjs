// Python environments for what has no peer in npm: made once per user, one for each set of requirements.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from './files.mjs';
import { userCache } from './paths.mjs';
import { attempt, run, step } from './run.mjs';

/** The first Python 3 found that has pip, or nothing. */
export async function findPython() {
  for (const command of ['python3', 'python']) {
    if ((await attempt(command, ['-m', 'pip', '--version'])).ok) return command;
  }
  return undefined;
}

/** The interpreter of an environment that has `requirements` (as pip writes them), or nothing where there is no Python. */
export async function ensurePython(title, requirements) {
  const key = createHash('sha256').update(requirements.join('\n')).digest('hex').slice(0, 12);
  const folder = join(userCache, `python-${title}-${key}`);
  const python = process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
  const ready = join(folder, 'complete');
  if (existsSync(ready)) return python;
  const base = await findPython();
  if (!base) return undefined;
  await step(`${requirements.join(', ')} installed into ${folder}`, async () => {
    // An environment holds its own path: it cannot be made elsewhere and renamed, so a marker says that it is finished.
    await run(base, ['-m', 'venv', '--clear', folder]);
    await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...requirements]);
    await makeFolder(ready, () => {});
  });
  return python;
}
