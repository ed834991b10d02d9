// The suite in Vercel's edge runtime.
import * as full from 'tensorpress';
import * as decode from 'tensorpress/decode';
import { runSuite, tensorByRecipe } from './suite.mjs';
import recipe from './vercel.js';

addEventListener('fetch', (event) => {
  const { searchParams } = new URL(event.request.url);
  const origin = searchParams.get('origin');
  const own = { 'the recipe gives a tensor': () => tensorByRecipe(origin, recipe) };
  const suite = runSuite({ full, decode, workers: false, origin, own });
  event.respondWith(suite.then((outcomes) => Response.json(outcomes)));
});
