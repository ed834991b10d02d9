import type { Progress } from '../progress.js';
import { bytes } from './format.js';

const WIDTH = 24;

/** A bar on standard error, if that is a terminal. */
export class Bar {
  readonly #shown = process.stderr.isTTY === true;
  #drawn = false;

  constructor(private readonly label: string) {}

  readonly update = ({ phase, done, total, secondsLeft }: Progress): void => {
    if (!this.#shown || total === 0) return;
    const filled = Math.round((WIDTH * done) / total);
    const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
    // The first hundredth says little of the pace.
    const paced = secondsLeft !== undefined && done * 100 >= total;
    const left = paced ? `, ${Math.ceil(secondsLeft)} s left` : '';
    // A search has no end that could be told in bytes.
    const text =
      phase === 'search' ? `${this.label}: searching ${bar}` : `${this.label} ${bar} ${bytes(done)} of ${bytes(total)}`;
    // A line that the terminal breaks would stay: only its last row is cleared. Some terminals say that they have no columns.
    const columns = process.stderr.columns || Number.POSITIVE_INFINITY;
    process.stderr.write(`\r\x1b[K${`${text}${left}`.slice(0, columns - 1)}`);
    this.#drawn = true;
  };

  /** Removes the bar, so that what follows begins on a clean line. */
  clear(): void {
    if (this.#drawn) process.stderr.write('\r\x1b[K');
    this.#drawn = false;
  }
}
