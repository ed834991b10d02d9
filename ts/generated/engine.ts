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
   * Hash of the leaf hashes of its blocks, 16 hexadecimal digits.
   */
  hash: string;
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
 * Element type. Sub-byte types are packed, first element in the low bits.
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
 * One encoding job: a run of whole blocks of one stream.
 */
export type EncodeJob = {
  /**
   * Number of the job; jobs are placed in this order.
   */
  id: number;
  /**
   * Its stream.
   */
  stream: number;
  /**
   * Its first block within the stream.
   */
  first_block: number;
  /**
   * Number of blocks.
   */
  blocks: number;
  /**
   * Decoded bytes.
   */
  raw_len: number;
  /**
   * The input bytes, as `(file, offset, length)`, to be concatenated.
   */
  spans: Array<[number, number, number]>;
  /**
   * What to do with them.
   */
  params: EncodeParams;
};

/**
 * What an encoding job needs besides its bytes.
 */
export type EncodeParams = {
  /**
   * How the elements lie.
   */
  layout: Layout;
  /**
   * Decoded length of each block but the last.
   */
  block: number;
  /**
   * How hard to try.
   */
  effort: Effort;
};

/**
 * One encoding job of a group.
 */
export type EncodePart = {
  /**
   * Decoded bytes; those of the parts follow each other in the group's input.
   */
  raw_len: number;
  /**
   * What to do with them.
   */
  params: EncodeParams;
};

/**
 * How a tensor's elements lie in its bytes.
 */
export type Encoding = 'plain' | 'bigendian' | 'varint' | 'deflate' | 'other';

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
 * How the bytes of a stream divide into elements. Serialized as docs/FORMAT.md names them.
 */
export type Layout = 'opaque' | 'u8' | 'w2' | 'w4' | 'w8' | 'f16' | 'bf16' | 'f32' | 'f64';

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
};

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
 * Which jobs are wanted.
 */
export type Select = {
  /**
   * Those of all streams.
   */
  all: boolean;
  /**
   * Those of these streams.
   */
  streams: Array<number>;
};

/**
 * What a sans-I/O machine says when polled: `{"need":{…}}` or `"done"`.
 */
export type Step = { need: Need } | 'done';

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
