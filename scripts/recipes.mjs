// Puts the files that tests run into the recipes' page: between `<!-- file: PATH -->` and `<!-- end -->` stands the
// file's text. `--check` only says whether the page is up to date.
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { writeWhole } from './lib/files.mjs';
import { inRoot } from './lib/paths.mjs';
import { fail, isMain } from './lib/run.mjs';

const PAGE = inRoot('docs', 'recipes.md');
const LANGUAGES = { '.mjs': 'js', '.js': 'js', '.jsx': 'jsx', '.ts': 'ts', '.html': 'html', '.sh': 'sh' };

/** The page with the files as they are now. */
export function renderRecipes(text, read = (path) => readFileSync(inRoot(path), 'utf8')) {
  return text.replaceAll(/(<!-- file: (\S+) -->)[\s\S]*?(<!-- end -->)/g, (_all, head, path, end) => {
    const language = LANGUAGES[extname(path)] ?? '';
    return `${head}\n\n\`\`\`${language}\n${read(path).trimEnd()}\n\`\`\`\n\n${end}`;
  });
}

if (isMain(import.meta.url)) {
  const before = readFileSync(PAGE, 'utf8');
  const after = renderRecipes(before);
  if (process.argv.includes('--check')) {
    if (before !== after) fail(new Error("docs/recipes.md is out of date: run 'node scripts/recipes.mjs'"));
  } else {
    writeWhole(PAGE, after);
  }
}
