import type {
  Dtype,
  Encoding,
  Layout,
  Plan,
  PlanFile,
  PlanPiece,
  PlanStream,
  PlanTensor,
} from '../generated/engine.js';
import { boolean, count, counts, list, oneOf, orNull, type Read, record, string, wide } from './json.js';

/** Every layout, in the order of its number in the parameters of a decoding job. */
export const LAYOUTS: readonly Layout[] = ['opaque', 'u8', 'w2', 'w4', 'w8', 'f16', 'bf16', 'f32', 'f64'];
/** Bytes of an element, layout by layout. */
const WIDTHS = [1, 1, 2, 4, 8, 2, 2, 4, 8];

/** Bytes of an element. */
export function widthOf(layout: Layout): number {
  return WIDTHS[LAYOUTS.indexOf(layout)] as number;
}

const DTYPES =
  'f64 f32 f16 bf16 f8e4m3 f8e4m3fnuz f8e5m2 f8e5m2fnuz f8e8m0 f6e2m3 f6e3m2 f4e2m1 i64 i32 i16 i8 i4 i2 u64 u32 u16 u8 u4 u2 bool c64 c128 opaque';
const ENCODINGS = 'plain bigendian varint deflate other';

const pair = counts<[number, number]>(() => 2);
const piece: Read<PlanPiece> = counts((stream) => (stream === 0 ? 2 : 3));

const FILE = record<Pick<PlanFile, 'path' | 'len' | 'pieces'>, Omit<PlanFile, 'path' | 'len' | 'pieces'>>(
  { path: string, len: count, pieces: list(piece) },
  { format: string as Read<string>, note: string, approximate: boolean },
);

/** The plan as the archive stores it (docs/FORMAT.md, section 3). */
export const PLAN: Read<Plan> = record({
  files: list<PlanFile>(FILE),
  streams: list<PlanStream>(
    record({ name: string, len: count, block: () => count(2 ** 32), layout: oneOf(LAYOUTS) }, { chain: string }),
  ),
  // `null` is as good as nothing.
  tensors: list(
    record(
      {
        name: string,
        file: count,
        dtype: oneOf(DTYPES.split(' ') as Dtype[]),
        shape: list(wide),
        encoding: oneOf(ENCODINGS.split(' ') as Encoding[]),
      },
      {
        type_name: string,
        inflated: orNull(pair),
        stream: orNull(count),
        range: orNull(pair),
        spans: list(counts<[number, number, number]>(() => 3)),
      },
    ) as Read<PlanTensor>,
  ),
});
