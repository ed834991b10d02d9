/** What passes between the calling thread and a worker. */

/** A range of a file that the worker reads by itself. */
export interface FileRange {
  path: string;
  offset: number;
  length: number;
}

/** A range of the decoded bytes and the file it belongs into, which the worker writes by itself. */
export interface FileTarget {
  path: string;
  offset: number;
  start: number;
  length: number;
}

/** The input of a job: the first `length` bytes of a transferred buffer, or ranges of files. */
export type WireInput = { buffer: ArrayBuffer; length: number } | { ranges: FileRange[] };

/** A job that encodes. */
export interface WireEncode {
  params: Uint8Array;
  input: WireInput;
  /** A buffer for the output where the input brings none. */
  spare?: ArrayBuffer | undefined;
}

/** What an encoding job gives: the output, in one of the buffers that came with it where it fits. */
export interface WireEncoded {
  bytes: Uint8Array;
  meta: Uint8Array;
}

/** A job that decodes. */
export interface WireDecode {
  params: Uint8Array;
  input: WireInput;
  /** A buffer for the output where the input brings none. */
  spare?: ArrayBuffer | undefined;
  /** Files to write to; without it the bytes come back. */
  targets?: FileTarget[] | undefined;
  /** Whether the leaf hashes of the blocks are wanted. */
  hashed?: boolean | undefined;
}

/** What a decoding job gives; without bytes where it wrote files. The buffer comes back to be used again. */
export interface WireDecoded {
  bytes?: Uint8Array;
  buffer?: ArrayBuffer;
  leaves?: Uint8Array;
}

/** What crosses to another thread, and the buffers that move there with it. */
export type Moved<T> = [value: T, moved: ArrayBuffer[]];

/** What a worker can do. */
export interface WorkerApi {
  encode(job: WireEncode): Moved<WireEncoded>;
  decode(job: WireDecode): Moved<WireDecoded>;
  /** XXH3-128 of a file, in hexadecimal. */
  digest(path: string, length: number): Moved<string>;
  /** Says that the worker is there, and whether it is one that also encodes. */
  wake(): Moved<boolean>;
  /** Ends the worker at once, as a crash would. For tests. */
  crash(): Promise<never>;
}

type Result<Name extends keyof WorkerApi> = ReturnType<WorkerApi[Name]> extends Moved<infer T> ? T : never;

/** A worker as the calling thread sees it: does what is named with these values, of which some buffers move there. */
export type RemoteWorker = <Name extends keyof WorkerApi>(
  name: Name,
  values: Parameters<WorkerApi[Name]>,
  moved?: ArrayBuffer[],
) => Promise<Result<Name>>;

/** What a worker is started with. */
export interface WorkerStart {
  module: WebAssembly.Module;
}
