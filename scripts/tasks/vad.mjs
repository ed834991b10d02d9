// Runs Silero's voice detector over speech that it synthesizes: vowels with formants between pauses and noise. The score
// of a changed model is how far its probabilities are from the original's.
import { onnxruntime, openSession } from './packages.mjs';

const RATE = 16_000;
const WINDOW = 512;
const CONTEXT = 64;
const SECONDS = 12;

/** Formants in Hz of the vowels a, e, i, o, u (Peterson and Barney, 1952, rounded). */
const VOWELS = [
  [730, 1090, 2440],
  [530, 1840, 2480],
  [270, 2290, 3010],
  [570, 840, 2410],
  [300, 870, 2240],
];

/** Uniform from -1 to 1, the same on every machine. */
function noise() {
  let state = 12_345;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** A two-pole resonator. */
function resonator(frequency, bandwidth) {
  const radius = Math.exp((-Math.PI * bandwidth) / RATE);
  const a = 2 * radius * Math.cos((2 * Math.PI * frequency) / RATE);
  const b = -radius * radius;
  let [one, two] = [0, 0];
  return (x) => {
    const y = (1 - radius) * x + a * one + b * two;
    [one, two] = [y, one];
    return y;
  };
}

/** Syllables in groups of a second and a half, with pauses of the same length that hold faint noise. */
function synthesize() {
  const [samples, random] = [new Float32Array(SECONDS * RATE), noise()];
  let phase = 0;
  let filters = [];
  for (let i = 0; i < samples.length; i += 1) {
    const time = i / RATE;
    const within = (time * 4.5) % 1;
    const syllable = Math.floor(time * 4.5);
    if (i === 0 || Math.floor(((i - 1) / RATE) * 4.5) !== syllable) {
      filters = (VOWELS[(syllable * 3 + (syllable >> 2)) % VOWELS.length] ?? []).map((f, n) =>
        resonator(f, 60 + 40 * n),
      );
    }
    const speaking = Math.floor(time / 1.5) % 2 === 1;
    const loud = speaking ? Math.sin(Math.PI * within) ** 0.7 : 0;
    const pitch = 118 + 18 * Math.sin(2 * Math.PI * 0.7 * time) - 6 * (time % 1.5);
    phase += pitch / RATE;
    const pulse = 1 - 2 * (phase % 1) + 0.08 * random();
    const burst = within < 0.12 && speaking ? 0.25 * random() : 0;
    const voiced = filters.reduce((sum, filter) => sum + filter(pulse * loud), 0);
    samples[i] = 0.9 * voiced + 0.15 * burst + 0.002 * random();
  }
  return samples;
}

async function probabilities(runtime, bytes, samples) {
  const session = await openSession(runtime, bytes);
  let state = new runtime.Tensor('float32', new Float32Array(256), [2, 1, 128]);
  const sr = new runtime.Tensor('int64', BigInt64Array.of(BigInt(RATE)), []);
  const found = [];
  const window = new Float32Array(CONTEXT + WINDOW);
  for (let at = 0; at + WINDOW <= samples.length; at += WINDOW) {
    window.copyWithin(0, WINDOW);
    window.set(samples.subarray(at, at + WINDOW), CONTEXT);
    const input = new runtime.Tensor('float32', window.slice(), [1, window.length]);
    const { output, stateN } = await session.run({ input, state, sr });
    found.push(output.data[0]);
    state = stateN;
  }
  await session.release();
  return found;
}

/**
 * Prepares the sound and the original's probabilities; the function it gives scores a model, as bytes: the share of
 * windows in which both say the same (speech or not), and the mean difference of the probabilities.
 */
export async function vadTask(original) {
  const [runtime, samples] = [await onnxruntime(), synthesize()];
  const expected = await probabilities(runtime, original, samples);
  const speech = expected.filter((p) => p > 0.5).length / expected.length;
  return async (bytes) => {
    const found = await probabilities(runtime, bytes, samples);
    const same = found.filter((p, i) => p > 0.5 === expected[i] > 0.5).length / found.length;
    const difference = found.reduce((sum, p, i) => sum + Math.abs(p - expected[i]), 0) / found.length;
    return { speech, same, difference };
  };
}
