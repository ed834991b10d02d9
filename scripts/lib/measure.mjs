// One operation of the public API from path to path, alone in its process: prints its time and peak memory as JSON.
import { compress, decompress } from '../../dist/index.js';

const [operation, from, to] = process.argv.slice(2);
const operations = { compress, decompress };
const started = performance.now();
await operations[operation](from, { output: { path: to } });
const seconds = (performance.now() - started) / 1000;
// maxRSS is in kilobytes.
console.log(JSON.stringify({ seconds, peak: process.resourceUsage().maxRSS * 1024 }));
