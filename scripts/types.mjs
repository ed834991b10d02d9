// Writes the TypeScript declarations that are derived from the Rust types; `--check` fails when they are out of date.
import { readIfThere, writeWhole } from './lib/files.mjs';
import { inRoot, targetDir } from './lib/paths.mjs';
import { fail, isMain, run } from './lib/run.mjs';

const output = inRoot('ts', 'generated', 'engine.ts');
const NOTICE = "// Derived from the Rust types by 'npm run types'. Do not edit.\n\n";

async function declarations() {
  const env = { CARGO_TARGET_DIR: targetDir };
  const text = await run('cargo', ['run', '--quiet', '--package', 'tensorpress-types'], { env });
  const biome = inRoot('node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const args = [biome, 'format', `--stdin-file-path=${output}`];
  return run(process.execPath, args, { input: NOTICE + text });
}

/** Writes the declarations, or with `check` only compares them. */
export async function writeTypes(check) {
  const wanted = await declarations();
  if (readIfThere(output) === wanted) return;
  if (check) throw new Error("ts/generated/engine.ts is not what the Rust types give: run 'npm run types'.");
  writeWhole(output, wanted);
}

if (isMain(import.meta.url)) {
  try {
    await writeTypes(process.argv.includes('--check'));
  } catch (error) {
    fail(error);
  }
}
