// Skewed symbols on one thread of WebAssembly: what a plane takes over its order-0 entropy, everything counted, and how
// fast it is coded and decoded.
import { bareModule } from '../lib/bare-wasm.mjs';
import { table } from '../lib/format.mjs';
import { compileForGood, processorTime } from './timing.mjs';

const FOLDER = ['scripts', 'bench', 'wasm-coding'];
const LIBRARY = 'tensorpress_wasm_coding_bench';
const SYMBOLS = 65536;
/** How often each plane is coded in one measurement. */
const REPEATS = 40;

/** Planes as lossy steps leave them: how likely each symbol is. */
const PLANES = [
  { name: 'binary, 36% of ones', shares: [0.64, 0.36] },
  { name: 'binary, 20% of ones', shares: [0.8, 0.2] },
  { name: 'mask, 90% zeros', shares: [0.9, 0.1] },
  { name: 'mask, 95% zeros', shares: [0.95, 0.05] },
  { name: 'mask, 97% zeros', shares: [0.97, 0.03] },
  { name: 'ternary, 84% zeros', shares: [0.08, 0.84, 0.08] },
  { name: 'ternary, 95% zeros', shares: [0.025, 0.95, 0.025] },
  {
    name: 'codes of 4 bits, most of them 0',
    shares: Array.from({ length: 16 }, (_, code) => 0.1 ** Math.abs(code - 8)),
  },
];

/** In parts of the entropy, and in millions of symbols a second. */
const MOST_EXCESS = 0.005;
const LEAST_SPEED = { encode: 250, decode: 500 };

/** Symbols drawn independently, the same in every run. */
function draw(shares) {
  const sum = shares.reduce((total, share) => total + share, 0);
  const symbols = new Uint8Array(SYMBOLS);
  let state = 1;
  for (let i = 0; i < SYMBOLS; i += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    let place = ((state >>> 8) / 2 ** 24) * sum;
    let symbol = 0;
    while (symbol < shares.length - 1 && place >= shares[symbol]) {
      place -= shares[symbol];
      symbol += 1;
    }
    symbols[i] = symbol;
  }
  return symbols;
}

/** Bits of order-0 entropy of one symbol, by the counts. */
function entropyOf(symbols) {
  const counts = new Map();
  for (const symbol of symbols) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
  return [...counts.values()].reduce((bits, count) => bits - (count / SYMBOLS) * Math.log2(count / SYMBOLS), 0);
}

/** Millions of symbols a second, the best of some measurements. */
function speed(work, times) {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i <= times; i += 1) {
    const started = processorTime();
    for (let repeat = 0; repeat < REPEATS; repeat += 1) work();
    best = Math.min(best, processorTime() - started);
  }
  return (SYMBOLS * REPEATS) / 1e6 / best;
}

function measurePlane(wasm, { name, shares }, times) {
  const symbols = draw(shares);
  const room = wasm.symbols(SYMBOLS);
  new Uint8Array(wasm.memory.buffer, room, SYMBOLS).set(symbols);
  const bytes = wasm.encode();
  const encode = speed(() => wasm.encode(), times);
  const decode = speed(() => wasm.decode(), times);
  if (!wasm.identical()) throw new Error(`${name}: other symbols came back`);
  const entropy = entropyOf(symbols);
  const least = (entropy * SYMBOLS) / 8;
  return { name, entropy, bytes, over: bytes - least, excess: bytes / least - 1, encode, decode };
}

/** The least entropy from which on no plane takes more over it than it may. */
function reach(planes) {
  const beyond = planes.filter(({ excess }) => excess > MOST_EXCESS).map(({ entropy }) => entropy);
  const within = planes.map(({ entropy }) => entropy).filter((entropy) => entropy > Math.max(0, ...beyond));
  return Math.min(...within);
}

function judge(planes) {
  const worst = Math.max(...planes.map(({ excess }) => excess));
  const slowest = (what) => Math.min(...planes.map((plane) => plane[what]));
  const percent = (share) => `${(100 * share).toFixed(2)}%`;
  return [
    [
      'bytes over the entropy',
      `<= ${percent(MOST_EXCESS)}`,
      `${percent(worst)}; from ${reach(planes).toFixed(2)} bits a symbol on within it`,
      worst <= MOST_EXCESS ? 'met' : 'NOT MET',
    ],
    ...['encode', 'decode'].map((what) => [
      `${what}, millions of symbols a second`,
      `>= ${LEAST_SPEED[what]}`,
      slowest(what).toFixed(0),
      slowest(what) >= LEAST_SPEED[what] ? 'met' : 'NOT MET',
    ]),
  ];
}

/** Prints a row a plane, and the targets. */
export async function measure({ times, env }) {
  compileForGood();
  const wasm = await bareModule(env, FOLDER, LIBRARY, 'simd');
  const planes = PLANES.map((plane) => measurePlane(wasm, plane, times));
  console.log(`\nplanes of ${SYMBOLS} symbols; millions of symbols a second, one thread, processor time`);
  const rows = planes.map(({ name, entropy, bytes, over, excess, encode, decode }) => [
    name,
    entropy.toFixed(3),
    bytes,
    over.toFixed(1),
    `${(100 * excess).toFixed(2)}%`,
    encode.toFixed(0),
    decode.toFixed(0),
  ]);
  console.log(table(['', 'entropy, bits', 'bytes', 'bytes over', 'over', 'encode', 'decode'], rows));
  const verdicts = judge(planes);
  console.log(`\n${table(['target', 'wanted', 'found', ''], verdicts, 1)}`);
  const most = Math.max(...planes.map(({ over }) => over));
  console.log(
    `\nWhat a plane takes over its entropy is its table, its lengths and the states of its lanes: at most ` +
      `${most.toFixed(0)} bytes here, whatever it holds. ${(100 * MOST_EXCESS).toFixed(1)}% of few bytes is less.`,
  );
  return { planes, verdicts };
}
