/** The JSON that the engine speaks: jobs, plans and reports. The Rust structs of the same names are the source. */

/** A range of an input file: file index, offset, length. */
export type Span = [file: number, offset: number, length: number];

/** Where decoded bytes go: file index, offset in the file, first byte within the job, length. */
export type Target = [file: number, offset: number, start: number, length: number];

/** Encodes a run of whole blocks of one stream. */
export interface EncodeJob {
  id: number;
  stream: number;
  first_block: number;
  blocks: number;
  raw_len: number;
  spans: Span[];
  params: Record<string, unknown>;
}

/** Decodes a run of whole blocks of one stream. */
export interface DecodeJob {
  id: number;
  stream: number;
  /** Place of the encoded bytes in the archive. */
  offset: number;
  len: number;
  /** Place of the decoded bytes in the stream. */
  start: number;
  raw_len: number;
  targets: Target[];
}

/** A range that the engine wants to see next. */
export interface Need {
  file?: number;
  offset: number;
  len: number;
}

/** What a poll of the engine answers. */
export type Poll = { need: Need } | { done: true };

/** A run of a file's bytes: `[0, length]` of the skeleton or `[stream, start, length]`. */
export type Piece = [0, number] | [stream: number, start: number, length: number];

/** One original file as the archive lists it. */
export interface PlanFile {
  path: string;
  len: number;
  format?: string;
  note?: string;
  pieces: Piece[];
  /** XXH3-128 of the file, 32 hexadecimal digits. */
  digest?: string;
}

/** One stored run of bytes. */
export interface PlanStream {
  name: string;
  len: number;
  block: number;
  layout: string;
  /** Length as stored. */
  encoded?: number;
}

/** One tensor that a reader found. */
export interface PlanTensor {
  name: string;
  file: number;
  dtype: string;
  shape: number[];
  encoding: string;
  type_name?: string;
  stream?: number;
  /** First byte and length in the stream; absent where the tensor is the whole stream. */
  range?: [start: number, length: number];
  spans?: Span[];
}

/** Everything an archive says about its content. */
export interface Plan {
  files: PlanFile[];
  streams: PlanStream[];
  tensors: PlanTensor[];
}

/** What compression did to one file. */
export interface FileReport {
  path: string;
  /** The format whose reader mapped the file; absent where it was stored as plain bytes. */
  format?: string;
  len: number;
  /** What a user should know, such as why no reader mapped the file. */
  note?: string;
}

/** What compression did to one stream: the skeleton, or a tensor. */
export interface StreamReport {
  name: string;
  dtype?: string;
  shape?: number[];
  layout: string;
  raw: number;
  encoded: number;
  /** How many blocks were encoded in each way. */
  kinds: Record<string, number>;
}

/** What compression did. */
export interface Report {
  files: FileReport[];
  streams: StreamReport[];
  /** Bytes of all input files. */
  raw: number;
  /** Bytes of the archive as written. */
  encoded: number;
  /** `raw / encoded`. */
  ratio: number;
}
