import { transferHandlers } from 'comlink';
import { packError, unpackError, type WireError } from './errors.js';

interface Thrown {
  value: unknown;
}

/**
 * Lets errors cross between threads with their class and code: Comlink's own handler keeps the message only.
 * Both sides call this once before they use Comlink.
 */
export function installErrorHandler(): void {
  const original = transferHandlers.get('throw');
  if (original === undefined) throw new Error('Comlink has no handler for thrown values');
  transferHandlers.set('throw', {
    canHandle: (value): value is Thrown => original.canHandle(value),
    serialize: (thrown) => [packError((thrown as Thrown).value), []],
    deserialize: (wire) => {
      throw unpackError(wire as WireError);
    },
  });
}
