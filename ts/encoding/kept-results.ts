import type { EncodeGroup } from '../generated/engine.js';
import type { Encoded } from '../jobs/executor.js';

/** Bytes of results that are kept while a budget's search goes on. */
const MAX_KEPT = 64 << 20;

/** Results of the search for a budget. Where it asked for the very jobs of the archive, they need not be run again. */
export class KeptResults {
  readonly #results = new Map<string, Encoded>();
  #length = 0;

  /** Keeps what a group of jobs with these parameters gave, if it is more than measures, as long as there is room. */
  add(group: EncodeGroup, parts: Uint8Array, { bytes, meta }: Encoded): void {
    if (bytes.length === 0 || this.#length + bytes.length > MAX_KEPT) return;
    this.#length += bytes.length;
    const kept = { bytes: bytes.slice(), meta: meta.slice(), owned: true, release() {} };
    this.#results.set(keyOf(group, parts), kept);
  }

  /** What a group gave, once. */
  take(group: EncodeGroup, parts: Uint8Array): Encoded | undefined {
    // Without a budget there is nothing, and no key worth making for each group.
    if (this.#results.size === 0) return undefined;
    const key = keyOf(group, parts);
    const kept = this.#results.get(key);
    this.#results.delete(key);
    return kept;
  }

  /** Forgets everything. */
  clear(): void {
    this.#results.clear();
    this.#length = 0;
  }
}

/** Says everything that a result depends on: where the input is, and the parameters. */
function keyOf({ spans }: EncodeGroup, parts: Uint8Array): string {
  return `${spans}|${parts}`;
}
