// The suite in Node, Deno and Bun. It ends by itself, or the test has failed.
import * as full from 'tensorpress';
import * as decode from 'tensorpress/decode';
import * as inline from 'tensorpress/inline';
import { runSuite } from './suite.mjs';

const [origin] = process.argv.slice(2);
const outcomes = await runSuite({ full, decode, inline, workers: true, origin });
console.log(`OUTCOMES ${JSON.stringify(outcomes)}`);
