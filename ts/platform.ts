import type { Endpoint } from 'comlink';
import type { OutputFiles } from './io/outputs.js';
import type { ByteSink } from './io/sink.js';
import type { ByteSource } from './io/source.js';
import type { FileRange, FileTarget } from './jobs/protocol.js';

/** A worker as the pool sees it. */
export interface WorkerHandle {
  endpoint: Endpoint;
  /** Whether the worker keeps the process alive. */
  keepAlive(keep: boolean): void;
  /** Called once, when the worker has ended for whatever reason. */
  onExit(callback: (reason: string) => void): void;
  terminate(): void;
}

/** Synchronous access to files, for jobs that run where the bytes are needed. */
export interface DirectFiles {
  /** Fills `into` with ranges, one behind the other; a file that is too short is an `io` error. */
  read(ranges: FileRange[], into: Uint8Array): void;
  /** Writes parts of `bytes` where they belong in existing files. */
  write(targets: FileTarget[], bytes: Uint8Array): void;
}

/** What of a folder is read. */
export interface FolderReading {
  /** Whether links may lead to what is outside of it. */
  followLinks?: boolean | undefined;
  /** A file that is none of its content: what the folder is made into. */
  without?: string | URL | undefined;
}

/** Folders and files of the local machine, by paths or `file:` addresses. */
export interface PathAccess {
  /** All files at the path: one, or those of a folder in sorted order. */
  open(path: string | URL, reading?: FolderReading): Promise<ByteSource[]>;
  /** A file that is to be written; nothing appears at the path until `finish`. */
  sink(path: string | URL, force: boolean): Promise<ByteSink>;
  /** A file that is to be streamed once it is finished, and then removed; absent where none may be made. */
  scratch?(): Promise<ByteSink>;
  /** The files of an archive, to be written below a path. */
  outputs(path: string | URL, force: boolean): Promise<OutputFiles>;
  /** Holds a stream of unknown length: in memory while small, then in a temporary file, where one may be made. */
  spool?(stream: ReadableStream<Uint8Array>, signal: AbortSignal | undefined): Promise<ByteSource>;
  direct: DirectFiles;
}

/** What differs between runtimes. */
export interface Platform {
  /** The module to run: with `simd` the faster one. */
  loadModule(simd: boolean): Promise<WebAssembly.Module>;
  /** The one module that there is, or a forced choice for diagnosis. */
  preferredBuild(): 'simd' | 'base' | undefined;
  /** Number of threads that can run at once. */
  parallelism(): number;
  /** Absent where a runtime has no workers. */
  spawn?(module: WebAssembly.Module): WorkerHandle;
  /** Memory that is about to be overwritten, so that it need not be zero. */
  allocate(length: number): Uint8Array<ArrayBuffer>;
  /** Absent where a runtime has no file system. */
  paths?: PathAccess;
  /** Lets other work of the thread run. */
  breathe(): Promise<void>;
}

/** What the caller's `init` said. */
export const overrides: { workerUrl?: URL | string } = {};

let installed: Platform;

/** Called once by the entry of a runtime. */
export function installPlatform(platform: Platform): void {
  installed = platform;
}

/** The runtime's abilities. */
export function platform(): Platform {
  return installed;
}
