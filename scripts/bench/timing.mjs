// Best of N: on a shared machine the fastest run is the one least disturbed.

/** Runs `work` `times` times and gives the shortest time in seconds and the last result. */
export async function bestOf(times, work) {
  let seconds = Number.POSITIVE_INFINITY;
  let result;
  for (let i = 0; i < times; i += 1) {
    const started = performance.now();
    result = await work();
    seconds = Math.min(seconds, (performance.now() - started) / 1000);
  }
  return { seconds, result };
}

/** The shape every contender reports: sizes, and times of the best run. */
export const outcome = (name, bytes, compressed, encode, decode) => ({
  name,
  ratio: bytes / compressed,
  encode: bytes / 1e9 / encode,
  decode: bytes / 1e9 / decode,
});
