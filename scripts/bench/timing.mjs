// Best of N: on a shared machine the fastest run is the one least disturbed. Processor time, of all threads and of the
// system on their behalf, is disturbed less: what others run at the same time does not count.
import { setFlagsFromString } from 'node:v8';

/** Seconds by the clock and of processor time that passed since `since`, an earlier answer. */
export function now(since) {
  const { user, system } = process.cpuUsage();
  const reading = { seconds: performance.now() / 1e3, cpu: (user + system) / 1e6 };
  return since ? { seconds: reading.seconds - since.seconds, cpu: reading.cpu - since.cpu } : reading;
}

/** Seconds of this process's own processor time: what else runs on the machine does not count. */
export function processorTime() {
  return now().cpu;
}

/**
 * Has V8 compile modules for good at once. Else long loops stay in the code of its first compiler: it replaces a function
 * only when it is called again.
 */
export function compileForGood() {
  setFlagsFromString('--no-liftoff');
}

/** Runs `work` `times` times and gives the least time of each sort in seconds and the last result. */
export async function bestOf(times, work) {
  const best = { seconds: Number.POSITIVE_INFINITY, cpu: Number.POSITIVE_INFINITY };
  let result;
  for (let i = 0; i < times; i += 1) {
    const started = now();
    result = await work();
    keepBest(best, now(started));
  }
  return { ...best, result };
}

/** Keeps the lesser of each sort. */
export function keepBest(best, found) {
  best.seconds = Math.min(best.seconds, found.seconds);
  best.cpu = Math.min(best.cpu, found.cpu);
}

/** The shape every contender reports: sizes, and GB/s of the best run by the clock and by processor time. */
export const outcome = (name, bytes, compressed, encode, decode) => ({
  name,
  ratio: bytes / compressed,
  encode: bytes / 1e9 / encode.seconds,
  decode: bytes / 1e9 / decode.seconds,
  cpu: { encode: bytes / 1e9 / encode.cpu, decode: bytes / 1e9 / decode.cpu },
});
