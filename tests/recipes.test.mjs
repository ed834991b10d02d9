// The recipes' page shows the files that the tests run.
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inRoot } from '../scripts/lib/paths.mjs';
import { renderRecipes } from '../scripts/recipes.mjs';

test('the recipes are the files that are tested', () => {
  const page = readFileSync(inRoot('docs', 'recipes.md'), 'utf8');
  assert.is(renderRecipes(page), page, "run 'node scripts/recipes.mjs'");
  assert.match(page, /tensorpress\/inline/);
});

test.run();
