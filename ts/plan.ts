/** Shorter names for what the engine's types are made of. */

import type {
  ArchiveFile,
  ArchiveStream,
  DecodeJob,
  EncodeGroup,
  Plan,
  PlanFile,
  PlanStream,
} from './generated/engine.js';

/** A range of an input file: file index, offset, length. */
export type Span = EncodeGroup['spans'][number];

/** Where decoded bytes go: file index, offset in the file, first byte within the job, length. */
export type Target = DecodeJob['targets'][number];

/** What is known of a model; of an archive also where its bytes are and what they must be. */
export interface AnyPlan extends Plan {
  files: (PlanFile & Partial<ArchiveFile>)[];
  streams: (PlanStream & Partial<ArchiveStream>)[];
}
