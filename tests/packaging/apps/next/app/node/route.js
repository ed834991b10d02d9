import { Int8Matrix, init } from 'tensorpress/compute';
import { roundTrip } from '../../round-trip.js';

export const dynamic = 'force-dynamic';

/** A route of the server: in Node's runtime with workers. */
export async function GET() {
  await init();
  const matrix = new Int8Matrix({ rows: 1, columns: 2, codes: Int8Array.of(2, 3), scales: Float32Array.of(1) });
  const [product] = matrix.multiply(Float32Array.of(1, 10));
  return Response.json([await roundTrip(), Math.round(product)]);
}
