// Times zstd on a file of raw weights: zstd-peer.mjs FILE TIMES. Prints one line of JSON.
import { readFileSync } from 'node:fs';
import { zstdHere } from './rivals.mjs';

const [path, times] = process.argv.slice(2);
console.log(JSON.stringify(await zstdHere(readFileSync(path), Number(times))));
