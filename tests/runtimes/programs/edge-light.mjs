// The suite in Vercel's edge runtime.
import * as full from 'tensorpress';
import * as decode from 'tensorpress/decode';
import { runSuite } from './suite.mjs';

addEventListener('fetch', (event) => {
  const { searchParams } = new URL(event.request.url);
  const suite = runSuite({ full, decode, workers: false, origin: searchParams.get('origin') });
  event.respondWith(suite.then((outcomes) => Response.json(outcomes)));
});
