import { compress, createPool, decompress } from 'tensorpress';

/** Compresses weights in workers and gives them back: what an application does, in small. */
export async function roundTrip() {
  const weights = Float32Array.from({ length: 600_000 }, (_, i) => Math.sin(i * 12.9898) * Math.cos(i * 78.233) ** 5);
  const original = new Uint8Array(weights.buffer);
  const pool = createPool({ workers: 2 });
  const { bytes, report } = await compress(original, { pool });
  const [file] = await decompress(bytes, { pool });
  await pool.dispose();
  const same = file.bytes.length === original.length && file.bytes.every((byte, i) => byte === original[i]);
  return same && report.encoded < report.raw ? 'identical' : 'different';
}
