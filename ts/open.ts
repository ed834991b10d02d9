import { feed } from './engine.js';
import { guard } from './errors.js';
import type { ArchivePlan, DecodeJob, Select } from './generated/engine.js';
import type { ByteSource } from './source.js';
import { type Archive, ArchiveOpener } from './wasm.js';

/** An archive whose head was read and checked. */
export interface OpenedArchive {
  archive: Archive;
  plan: ArchivePlan;
}

/** Reads an archive's head. `length` is −1 where it is not known. */
export async function openHead(
  length: number,
  read: (offset: number, length: number) => Promise<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<OpenedArchive> {
  const opener = new ArchiveOpener(length);
  try {
    await feed(opener, (_file, offset, size) => read(offset, size), signal);
  } catch (error) {
    opener.free();
    throw error;
  }
  const archive = guard(() => opener.finish());
  const plan = JSON.parse(guard(() => archive.plan())) as ArchivePlan;
  return { archive, plan };
}

/** As `openHead`, for an archive that is at hand. */
export function openSource(source: ByteSource, signal: AbortSignal | undefined): Promise<OpenedArchive> {
  return openHead(source.size, (offset, length) => source.read(offset, length), signal);
}

/** The jobs that decode all streams, or some, in the order of the archive. */
export function jobsOf(archive: Archive, streams?: number[]): DecodeJob[] {
  const select: Select = { all: streams === undefined, streams: streams ?? [] };
  return JSON.parse(guard(() => archive.jobs(JSON.stringify(select)))) as DecodeJob[];
}

/** Whether bytes may be the start of an archive: a header that names the manifest first. */
export function looksLikeArchive(head: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(head.subarray(8, 256)).includes('tensorpress.manifest');
}
