// Derived from the Rust types by 'npm run types'. Do not edit.

/**
 * One original file of an archive.
 */
export type ArchiveFile = {
  /**
   * XXH3-128 of the file, 32 hexadecimal digits.
   */
  digest: string;
  /**
   * Relative path, `/`-separated.
   */
  path: string;
  /**
   * Length in bytes.
   */
  len: number;
  /**
   * Format; empty, and absent in JSON, where no reader mapped the file.
   */
  format?: string;
  /**
   * What the file is made of, first byte to last.
   */
  pieces: Array<PlanPiece>;
  /**
   * What a user should know about the file; absent in JSON where there is nothing.
   */
  note?: string;
  /**
   * Whether some of its weights were changed: then the digest is that of the original, not of what is restored.
   */
  approximate?: boolean;
};

/**
 * Everything an archive says about its content.
 */
export type ArchivePlan = {
  /**
   * Original files, in order.
   */
  files: Array<ArchiveFile>;
  /**
   * Streams; stream 0 is the skeleton.
   */
  streams: Array<ArchiveStream>;
  /**
   * All tensors that were found.
   */
  tensors: Array<PlanTensor>;
};

/**
 * One stream of an archive.
 */
export type ArchiveStream = {
  /**
   * Where its encoded bytes begin in the archive.
   */
  offset: number;
  /**
   * Encoded bytes, without padding.
   */
  encoded: number;
  /**
   * The name of its entry.
   */
  name: string;
  /**
   * Decoded length in bytes.
   */
  len: number;
  /**
   * Decoded length of each block but the last.
   */
  block: number;
  /**
   * How its elements lie.
   */
  layout: Layout;
  /**
   * The steps that its weights went through, as a recipe has them (JSON); empty where they are the original ones.
   */
  chain?: string;
};

/**
 * Each weight becomes plus or minus the mean magnitude of its channel, which is the best scale for the signs
 * (Rastegari et al., "XNOR-Net: ImageNet Classification Using Binary Convolutional Neural Networks", 2016, section
 * 3.1). 0 counts as positive. Where zeros were pruned they remain, as a third value, and do not count in the mean.
 */
export type Binarize = {
  /**
   * Which weights share a scale. Without it those of a channel; of vectors and scalars always all.
   */
  per?: Per;
};

/**
 * What the products of all tensors of a rule may take together, before entropy coding. The weights are those of all
 * matrices that the rule changes.
 */
export type Budget = { bitsPerWeight: number } | { share: number };

/**
 * Which go first.
 */
export type By = 'magnitude' | 'random';

/**
 * Bytes of a file that must be those of another range, or the file does not come back as it is.
 */
export type Claim = {
  /**
   * The file.
   */
  file: number;
  /**
   * Its first byte in question; there are as many as the range has.
   */
  at: number;
  /**
   * What its decoder is going to find there: `(file, offset, length)`.
   */
  span: [number, number, number];
};

/**
 * Weights below a range become its lower end, those above it its upper end. One of four ways says which range:
 * `min`, `max` or both; `percentile`; `sigma`; or `best`.
 *
 * Zeros that a step before it made stay zeros, even where the range does not hold 0.
 */
export type Clip = {
  /**
   * Lower end; without it the range is open below.
   */
  min?: number;
  /**
   * Upper end, not below `min`; without it the range is open above.
   */
  max?: number;
  /**
   * From −a to a, where a is the smallest magnitude that this percentage of all magnitudes does not exceed; above 0,
   * at most 100.
   */
  percentile?: number;
  /**
   * This many standard deviations to both sides of the mean; above 0.
   */
  sigma?: number;
  /**
   * The share of the full range, in steps of 1%, that gives the least squared error behind the quantizer that
   * follows in the chain.
   */
  best?: boolean;
  /**
   * What `percentile`, `sigma` and `best` look at.
   */
  per?: Per;
};

/**
 * Replaces each weight by the nearest of at most `clusters` centroids, chosen for the least squared error.
 *
 * Where zeros were pruned one centroid is exactly 0 and the others are chosen for the remaining weights. Where there
 * are fewer distinct weights than clusters each becomes a centroid and nothing is lost.
 */
export type Cluster = {
  /**
   * Centroids, 2 to 65,536; powers of two use their indices' bits best.
   */
  clusters: number;
  /**
   * How centroids are chosen.
   */
  method?: Method;
  /**
   * Where Lloyd's method begins.
   */
  init?: Init;
  /**
   * The most rounds of Lloyd's method, which ends when a round changes nothing. Without it 300.
   */
  iterations?: number;
  /**
   * Chooses among random beginnings.
   */
  seed?: number;
  /**
   * Whether all tensors of the rule share one codebook, chosen for the weights of all of them; of at most 4,096
   * clusters then.
   */
  shared?: boolean;
  /**
   * Centroids from outside, at most `clusters` finite numbers.
   * Nothing is left to choose then.
   */
  codebook?: Array<number>;
};

/**
 * One decoding job: a run of whole blocks of one stream.
 */
export type DecodeJob = {
  /**
   * Number of the job within the archive.
   */
  id: number;
  /**
   * Its stream.
   */
  stream: number;
  /**
   * Where its encoded bytes begin in the archive.
   */
  offset: number;
  /**
   * How many there are.
   */
  len: number;
  /**
   * Where its decoded bytes begin in the stream.
   */
  start: number;
  /**
   * How many there are.
   */
  raw_len: number;
  /**
   * Where the decoded bytes go: `(file, offset in the file, offset in the job, length)`.
   */
  targets: Array<[number, number, number, number]>;
};

/**
 * Element type. Types of less than a byte are packed, first element in the low bits: four of six bits take
 * three bytes.
 */
export type Dtype =
  | 'f64'
  | 'f32'
  | 'f16'
  | 'bf16'
  | 'f8e4m3'
  | 'f8e4m3fnuz'
  | 'f8e5m2'
  | 'f8e5m2fnuz'
  | 'f8e8m0'
  | 'f6e2m3'
  | 'f6e3m2'
  | 'f4e2m1'
  | 'i64'
  | 'i32'
  | 'i16'
  | 'i8'
  | 'i4'
  | 'i2'
  | 'u64'
  | 'u32'
  | 'u16'
  | 'u8'
  | 'u4'
  | 'u2'
  | 'bool'
  | 'c64'
  | 'c128'
  | 'opaque';

/**
 * Trades encoding time for size. Every effort decodes with the same decoder.
 */
export type Effort = 'fast' | 'default' | 'max';

/**
 * Encoding jobs that are done in one call: one of any kind, or several that are whole streams.
 */
export type EncodeGroup = {
  /**
   * Number of its first job.
   */
  first: number;
  /**
   * How many jobs it has; their numbers follow each other.
   */
  jobs: number;
  /**
   * Decoded bytes.
   */
  raw_len: number;
  /**
   * The input bytes of all jobs, one behind the other, as `(file, offset, length)`.
   */
  spans: Array<[number, number, number]>;
};

/**
 * How a tensor's elements lie in its bytes.
 */
export type Encoding = 'plain' | 'bigendian' | 'varint' | 'deflate' | 'other';

/**
 * How numbers of a factor are stored.
 */
export type FactorType = 'f32' | 'f16' | 'int8';

/**
 * Replaces a matrix by the product of two thin ones, its truncated singular value decomposition, which has the least
 * squared error of all products of that rank (Eckart and Young, 1936). One of `rank`, `energy`, `error`, `gain` and
 * `budget` says how thin.
 *
 * The matrix of a tensor has a row for each channel where the channels' axis is the first, else a row for each
 * combination of the dimensions before it. Vectors, scalars and empty tensors stay as they are, and so does what the
 * product would not make smaller than fp32 is.
 */
export type Factorize = {
  /**
   * Rank of the product, from 1; a matrix that has a lower rank gets that.
   */
  rank?: number;
  /**
   * Share of the sum of squares to be kept, above 0 and at most 1.
   */
  energy?: number;
  /**
   * Largest relative error in the Frobenius norm, above 0 and below 1: 0.1 is 20 dB.
   * It holds for what is restored, all rounding included.
   */
  error?: number;
  /**
   * Components are kept whose singular value, divided by the root of the bytes that their two vectors take, is at
   * least this; as many as make the matrix smaller. Not negative.
   */
  gain?: number;
  /**
   * What the products of all tensors of the rule may take together. The components with the greatest `gain` are
   * kept, whichever tensor they belong to: no other choice of ranks of the same size has a smaller squared error.
   */
  budget?: Budget;
  /**
   * Share of the weights, 0 to 1, whose error is stored and added: those where it is the largest. The product is
   * then chosen for the others.
   */
  sparse?: number;
  /**
   * How the numbers of the thin matrices are stored.
   */
  factors?: FactorType;
};

/**
 * One original file.
 */
export type FileReport = {
  /**
   * Its path.
   */
  path: string;
  /**
   * Its format; absent where no reader mapped it.
   */
  format?: string;
  /**
   * Its length.
   */
  len: number;
  /**
   * Why it was not mapped, and other things worth knowing.
   */
  note?: string;
};

/**
 * Rounds weights to half precision: to nearest, ties to even. Subnormals are kept.
 */
export type Float = {
  /**
   * fp16 or bf16.
   */
  to: Half;
  /**
   * What becomes of weights beyond the greatest: 65,504 for fp16, 3.39e38 for bf16.
   */
  overflow?: Overflow;
};

/**
 * Weights become E2M1, rounded to nearest, ties to even, times the scale of their group. Of two neighbouring scales the
 * one with the lower squared error is taken.
 */
export type Fp4 = {
  /**
   * How scales are stored; E8M0 by default.
   */
  scale?: Fp4Scale;
  /**
   * Weights of a group, 16 to 256; by default 32 with E8M0, 16 with E4M3.
   */
  group?: number;
  /**
   * The axis of the output channels, where it is not the one that the format suggests.
   */
  axis?: number;
};

/**
 * How scales of fp4 are stored.
 */
export type Fp4Scale = 'e8m0' | 'e4m3';

/**
 * Weights become floats of 8 bits, rounded to nearest, ties to even, each times its scale. What is beyond the greatest
 * becomes the greatest.
 */
export type Fp8 = {
  /**
   * Which of the two formats; E4M3 by default.
   */
  format?: Fp8Format;
  /**
   * Which weights share a scale, which makes their greatest magnitude the format's; those of a channel by default.
   */
  per?: Fp8Per;
  /**
   * The axis of the output channels, where it is not the one that the format suggests.
   */
  axis?: number;
  /**
   * How scales are stored; fp32 by default.
   */
  scale?: ScaleType;
};

/**
 * Formats of 8 bits.
 */
export type Fp8Format = 'e4m3' | 'e5m2';

/**
 * Which weights share a scale.
 */
export type Fp8Per = 'none' | 'tensor' | 'channel';

/**
 * Floats of 16 bits.
 */
export type Half = 'f16' | 'bf16';

/**
 * Where Lloyd's method begins.
 */
export type Init = 'linear' | 'density' | 'random';

/**
 * A file of the input set: its `/`-separated path relative to the input's root, and its length.
 */
export type InputFile = {
  /**
   * Relative path, `/`-separated.
   */
  path: string;
  /**
   * Length in bytes.
   */
  len: number;
};

/**
 * How it is found out which weights are kept.
 */
export type Keep = 'above' | 'best';

/**
 * How the bytes of a stream divide into elements. Serialized as docs/FORMAT.md names them.
 */
export type Layout = 'opaque' | 'u8' | 'w2' | 'w4' | 'w8' | 'f16' | 'bf16' | 'f32' | 'f64';

/**
 * Which tensors a rule is for. Everything that is given must hold.
 */
export type Match = {
  /**
   * Pattern of the name: `*` stands for any characters, `?` for one.
   */
  name?: string;
  /**
   * Element types.
   */
  dtype?: Array<Dtype>;
  /**
   * Number of dimensions.
   */
  rank?: Rank;
  /**
   * Least number of weights.
   */
  minSize?: number;
  /**
   * Pattern of the path of the file that declares the tensor.
   */
  file?: string;
};

/**
 * How centroids are chosen.
 */
export type Method = 'exact' | 'lloyd';

/**
 * A byte range that the driver has to supply.
 */
export type Need = {
  /**
   * Index into the input files.
   */
  file: number;
  /**
   * First byte.
   */
  offset: number;
  /**
   * Number of bytes; always within the file.
   */
  len: number;
};

/**
 * Weights become the nearest of 16 levels, times the greatest magnitude of their group.
 */
export type Nf4 = {
  /**
   * Weights of a group, 16 to 256; 64 by default.
   */
  group?: number;
  /**
   * The axis of the output channels, where it is not the one that the format suggests.
   */
  axis?: number;
  /**
   * How scales are stored; fp16 by default. `double` is QLoRA's double quantization.
   */
  scale?: ScaleType;
};

/**
 * The norm of a slice.
 */
export type Norm = 'l1' | 'l2';

/**
 * What is pruned as a whole.
 */
export type Of = 'weights' | 'rows' | 'columns' | 'channels';

/**
 * A file that is to be stored as plain bytes.
 */
export type Opaque = {
  /**
   * Its index.
   */
  file: number;
  /**
   * Why; it becomes the file's note.
   */
  reason: string;
};

/**
 * Options of compression.
 */
export type Options = {
  /**
   * How hard the encoder tries.
   */
  effort: Effort;
  /**
   * Files that no reader is to map, such as those whose map turned out to be wrong.
   */
  opaque: Array<Opaque>;
  /**
   * What is done to the weights; nothing where it is absent.
   */
  recipe?: Recipe;
};

/**
 * What becomes of weights that are too large.
 */
export type Overflow = 'saturate' | 'infinity' | 'error';

/**
 * How many of how many neighbours are kept; written `"2:4"`.
 */
export type Pattern = string;

/**
 * Which weights go together.
 */
export type Per = 'tensor' | 'channel';

/**
 * The whole plan.
 */
export type Plan = {
  /**
   * Original files, in order.
   */
  files: Array<PlanFile>;
  /**
   * Streams; stream 0 is the skeleton.
   */
  streams: Array<PlanStream>;
  /**
   * All tensors that were found.
   */
  tensors: Array<PlanTensor>;
};

/**
 * One original file.
 */
export type PlanFile = {
  /**
   * Relative path, `/`-separated.
   */
  path: string;
  /**
   * Length in bytes.
   */
  len: number;
  /**
   * Format; empty, and absent in JSON, where no reader mapped the file.
   */
  format?: string;
  /**
   * What the file is made of, first byte to last.
   */
  pieces: Array<PlanPiece>;
  /**
   * What a user should know about the file; absent in JSON where there is nothing.
   */
  note?: string;
  /**
   * Whether some of its weights were changed: then the digest is that of the original, not of what is restored.
   */
  approximate?: boolean;
};

/**
 * A run of a file's bytes.
 */
export type PlanPiece = [0, number] | [stream: number, start: number, length: number];

/**
 * One stream.
 */
export type PlanStream = {
  /**
   * The name of its entry.
   */
  name: string;
  /**
   * Decoded length in bytes.
   */
  len: number;
  /**
   * Decoded length of each block but the last.
   */
  block: number;
  /**
   * How its elements lie.
   */
  layout: Layout;
  /**
   * The steps that its weights went through, as a recipe has them (JSON); empty where they are the original ones.
   */
  chain?: string;
};

/**
 * One tensor.
 */
export type PlanTensor = {
  /**
   * Name as the format has it.
   */
  name: string;
  /**
   * The file that declares it.
   */
  file: number;
  /**
   * Element type.
   */
  dtype: Dtype;
  /**
   * The format's own type name where `dtype` says less; absent in JSON where it does not.
   */
  type_name: string;
  /**
   * Shape, outermost dimension first.
   */
  shape: Array<number>;
  /**
   * How the elements lie in the bytes.
   */
  encoding: Encoding;
  /**
   * Of a DEFLATE stream: how many bytes it inflates to before the elements, and those of the elements, which are plain.
   */
  inflated?: [number, number];
  /**
   * The stream that holds the tensor's bytes.
   */
  stream?: number;
  /**
   * First byte and length in the stream; absent where the tensor is the whole stream.
   */
  range?: [number, number];
  /**
   * Where its bytes are, as `(file, offset, length)`, when it has no stream.
   */
  spans: Array<[number, number, number]>;
};

/**
 * A recipe by its name.
 */
export type Preset = 'lossless' | 'high' | 'balanced' | 'small' | 'deepCompression';

/**
 * Sets weights to zero: single ones or whole rows, columns or channels; the smallest, random ones, or given ones.
 *
 * One of four ways says how many: `sparsity`, `threshold`, `pattern`, or `positions`. Zeros that were there count as
 * pruned. The steps behind represent zeros exactly from then on.
 */
export type Prune = {
  /**
   * Share to be set to zero, 0 to 1: of `n` weights or slices exactly `sparsity · n`, rounded to the nearest whole
   * number, halves up. Among equals the first ones go.
   */
  sparsity?: number;
  /**
   * Whether `sparsity` is that of all tensors of the model that such a rule applies to, so that all their weights
   * are ranked together and some tensors lose more than others.
   */
  global?: boolean;
  /**
   * Magnitude, or norm of a slice, below which it goes; not negative.
   */
  threshold?: number;
  /**
   * Largest magnitudes kept of each few neighbours, such as `"2:4"`.
   */
  pattern?: Pattern;
  /**
   * The axis along which the weights of a `pattern` are neighbours. Without it that of the inputs: the second axis
   * where the channels' is the first, else the one before the channels'.
   */
  axis?: number;
  /**
   * Numbers of the weights to go, in row-major order of the tensor, or of slices.
   */
  positions?: Array<number>;
  /**
   * What is pruned as a whole.
   */
  of?: Of;
  /**
   * How a slice is ranked.
   */
  norm?: Norm;
  /**
   * Which go first where `sparsity` says how many.
   */
  by?: By;
  /**
   * Chooses among random orders. The order depends on the seed, the tensor and the weights' numbers alone.
   */
  seed?: number;
};

/**
 * What approximated weights cost, and how far they are from the original ones.
 */
export type Quality = {
  /**
   * Number of weights.
   */
  weights: number;
  /**
   * Bytes of the original weights.
   */
  raw: number;
  /**
   * Bytes of their entries in the archive and of the index of their blocks.
   */
  encoded: number;
  /**
   * `encoded` as bits a weight.
   */
  bitsPerWeight: number;
  /**
   * Signal-to-noise ratio in decibels; absent where nothing differs.
   */
  sqnr?: number;
  /**
   * The same of the mean relative error of the tensors, each of which counts alike, however large. Only in the quality of
   * all tensors together.
   */
  tensorSqnr?: number;
  /**
   * Largest error.
   */
  maxError: number;
  /**
   * Mean error.
   */
  meanError: number;
  /**
   * Cosine of the angle between the original weights and what is restored.
   */
  cosine: number;
  /**
   * Share of the restored weights that are 0.
   */
  sparsity: number;
};

/**
 * Weights become evenly spaced levels: integers within a range, each `(level − zero) · scale`.
 *
 * Without any field: 8 bits, symmetric, a scale for each output channel.
 */
export type Quantize = {
  /**
   * Bits of a code, 1 to 16; 8 unless there is a range. Symmetric codes of 8 bits and more span
   * −(2^(bits−1) − 1) to 2^(bits−1) − 1, of fewer −2^(bits−1) to 2^(bits−1) − 1; asymmetric ones 0 to 2^bits − 1.
   */
  bits?: number;
  /**
   * The first and the last integer, instead of bits: at most 65,536 of them, each within ±65,535.
   */
  range?: [number, number];
  /**
   * Whether all zero points are 0. By default so for 7 bits and more, or a range that 0 is the middle of.
   */
  symmetric?: boolean;
  /**
   * Which weights share a scale; by default those of a channel for 7 bits and more, else groups.
   */
  per?: ScalePer;
  /**
   * The axis of the output channels, where it is not the one that the format suggests; one beyond the rank is the
   * last.
   */
  axis?: number;
  /**
   * Weights of a group, 16 to 256; 32 by default. Says `per: group`, too.
   */
  group?: number;
  /**
   * How scales are found; by default from the extremes for 7 bits and more, else by least squares.
   */
  method?: ScaleMethod;
  /**
   * The exponent of the error that `search` minimises, 1 to 4; 2.4 by default.
   */
  norm?: number;
  /**
   * How scales are stored; fp16 for groups, else fp32.
   */
  scale?: ScaleType;
  /**
   * How zero points are stored; integers, but for `hqq` fp16 (fp32 beyond 8 bits). Integers represent 0 exactly, and
   * are what pruned weights get whatever is said here.
   */
  zeros?: ZeroType;
};

/**
 * A number of dimensions, or a range of them with both ends.
 */
export type Rank =
  | number
  | {
      /**
       * Least; 0 where it is absent.
       */
      min?: number;
      /**
       * Most; no limit where it is absent.
       */
      max?: number;
    };

/**
 * Quantizes for the coder: one step for all weights, and codes that are chosen by what they cost in bits as well as by
 * their distance. Without a `step` the planner chooses one for the whole model, which is best for squared error.
 */
export type Rate = {
  /**
   * Distance of neighbouring levels, above 0.
   */
  step?: number;
  /**
   * Takes the step, given here or chosen by the planner, as a share of each unit's root mean square. Tensors of small
   * weights then lose as little, for their size, as those of large ones: worth more to most networks than the least
   * squared error of all weights together, at a few percent of the bits.
   */
  relative?: boolean;
  /**
   * What a bit is worth, in squares of the step, 0 to 100. Without it 0.13, with a trellis 0.22.
   */
  lambda?: number;
  /**
   * The logarithm of the number of the trellis's states, 2 to 5; 0, or absent: none. A trellis takes up to
   * half as long again and saves 4 to 6% of the bits.
   */
  trellis?: number;
  /**
   * The most contexts of the coder, 1 to 16. Without it 8.
   */
  contexts?: number;
  /**
   * How often codes are chosen, with the statistics of the time before; at least 1. Without it 2, with a
   * trellis 3.
   */
  passes?: number;
};

/**
 * A recipe as JSON has it: `{"preset":"balanced","rules":[{"match":{"name":"*.head.*"},"chain":[]}],"targetBytes":20000000}`.
 *
 * At most one of `targetBytes`, `bitsPerWeight`, `sqnr` and `tensorSqnr` may be given, own ones before a preset's.
 */
export type Recipe = {
  /**
   * A recipe whose rules follow the ones here, and whose quality is sought where no budget is given.
   */
  preset?: Preset;
  /**
   * The first that matches a tensor counts; where none does the tensor is stored exactly.
   */
  rules?: Array<Rule>;
  /**
   * Bytes of the whole archive: at most this, at least 98% of it.
   */
  targetBytes?: number;
  /**
   * Bits that a weight of the approximated tensors takes on average, all bytes of their entries counted.
   */
  bitsPerWeight?: number;
  /**
   * Signal-to-noise ratio of all approximated weights together, in decibels.
   */
  sqnr?: number;
  /**
   * The same in the mean over tensors, each of which counts alike, however large.
   */
  tensorSqnr?: number;
  /**
   * Largest error of any weight; a block that cannot keep it is stored exactly.
   */
  maxError?: number;
};

/**
 * A step as recipes write it: `{"clip":{"min":-1,"max":1}}`.
 */
export type RecipeStep =
  | { clip: Clip }
  | { prune: Prune }
  | { cluster: Cluster }
  | { binarize: Binarize }
  | { ternarize: Ternarize }
  | { factorize: Factorize }
  | { quantize: Quantize }
  | { nf4: Nf4 }
  | { fp4: Fp4 }
  | { fp8: Fp8 }
  | { float: Float }
  | { rate: Rate };

/**
 * The whole report.
 */
export type Report = {
  /**
   * One line a file.
   */
  files: Array<FileReport>;
  /**
   * One line a stream.
   */
  streams: Array<StreamReport>;
  /**
   * One line a tensor, where there is a recipe.
   */
  tensors?: Array<TensorReport>;
  /**
   * All tensors together whose weights were to be changed; what was stored exactly does not count in its ratio and
   * cosine.
   */
  quality?: Quality;
  /**
   * Bytes of all files.
   */
  raw: number;
  /**
   * Bytes of the archive as written, head and padding included.
   */
  encoded: number;
  /**
   * `raw / encoded`.
   */
  ratio: number;
};

/**
 * What is done to the tensors that match.
 */
export type Rule = {
  /**
   * Which tensors; all where it is absent.
   */
  match?: Match;
  /**
   * The steps, in order; none: stored exactly.
   */
  chain: Array<RecipeStep>;
  /**
   * How much an error counts in these tensors against one in others, 1 where it is absent: with 4 the step that the
   * planner chooses is half as wide here.
   */
  weight?: number;
  /**
   * Whether `weight` is a tensor's rather than each of its weights', false where it is absent: with relative steps an
   * error of a thousandth counts alike in every tensor, however many weights share it. What a network loses is
   * nearly the sum of its layers' relative errors (Malinovskii et al., "Pushing the Limits of Large Language Model
   * Quantization via the Linearity Theorem", 2024).
   */
  perTensor?: boolean;
};

/**
 * How scales and zero points are found.
 */
export type ScaleMethod = 'minmax' | 'search' | 'leastSquares' | 'hqq';

/**
 * Which weights share a scale.
 */
export type ScalePer = 'tensor' | 'channel' | 'group';

/**
 * How scales are stored.
 */
export type ScaleType = 'f32' | 'f16' | 'bf16' | 'double';

/**
 * What a sans-I/O machine says when polled: `{"need":[{…}]}` or `"done"`.
 */
export type Step = { need: Array<Need> } | 'done';

/**
 * One stream.
 */
export type StreamReport = {
  /**
   * The name of its entry.
   */
  name: string;
  /**
   * Element type of its tensor; none for the skeleton and for streams of several tensors.
   */
  dtype?: Dtype;
  /**
   * Shape of its tensor.
   */
  shape: Array<number>;
  /**
   * How the codec reads its elements.
   */
  layout: Layout;
  /**
   * Decoded bytes.
   */
  raw: number;
  /**
   * Encoded bytes, without padding.
   */
  encoded: number;
  /**
   * Number of blocks of each kind.
   */
  kinds: { [key in string]: number };
};

/**
 * What the recipe did to one tensor.
 */
export type TensorReport = {
  /**
   * Its name.
   */
  name: string;
  /**
   * Path of the file that declares it.
   */
  file: string;
  /**
   * Element type.
   */
  dtype: Dtype;
  /**
   * Shape.
   */
  shape: Array<number>;
  /**
   * The rule that matched, or why the tensor stays exact.
   */
  rule: string;
  /**
   * The names of the steps, in order; none where it is exact.
   */
  chain: Array<string>;
  /**
   * Why the tensor, or some of its blocks, stayed exact although there are steps.
   */
  note?: string;
  /**
   * How good it is; absent where there are no steps.
   */
  quality?: Quality;
};

/**
 * Weights of small magnitude become 0, the others plus or minus the mean magnitude of those others.
 *
 * Zeros that were pruned remain and do not count in the mean that the threshold is measured by.
 */
export type Ternarize = {
  /**
   * Which weights share a scale and a threshold. Without it those of a channel; of vectors and scalars always all.
   */
  per?: Per;
  /**
   * What is kept.
   */
  keep?: Keep;
  /**
   * Threshold as a multiple of the mean magnitude, for `keep` above: 0 or more. Without it 0.7, which suits normal
   * and uniform distributions.
   */
  threshold?: number;
};

/**
 * How zero points are stored.
 */
export type ZeroType = 'integer' | 'f16' | 'f32';
