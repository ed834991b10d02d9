/// <reference lib="esnext.disposable" preserve="true" />
import { TensorpressError, toTensorpressError, type WireError } from '../errors.js';
import { expectLoaded } from './load.js';

/** Runs the module's code. What it refuses it throws as an `Error` whose message is a `WireError` as JSON. */
function guard<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof Error && thrown.message.startsWith('{"code":')) {
      const { code, message } = JSON.parse(thrown.message) as WireError;
      throw new TensorpressError(code, message);
    }
    throw toTensorpressError(thrown);
  }
}

/** A matrix in WebAssembly memory. */
export abstract class Held<Handle extends { free(): void }> {
  #handle: Handle | undefined;

  protected constructor(make: () => Handle) {
    expectLoaded();
    try {
      this.#handle = guard(make);
    } catch (thrown) {
      // What makes a matrix copies arrays and compares lengths: it stops for want of memory alone.
      const { cause } = thrown as TensorpressError;
      if (!(cause instanceof WebAssembly.RuntimeError || cause instanceof RangeError)) throw thrown;
      throw new TensorpressError('limit', 'no memory for the matrix: free others first', { cause });
    }
  }

  /** Runs the module's code on the matrix. */
  protected use<T>(work: (handle: Handle) => T): T {
    const handle = this.#handle;
    if (handle === undefined) throw new TensorpressError('invalid-option', 'the matrix was freed: make another');
    return guard(() => work(handle));
  }

  /** Frees its memory now. Otherwise that happens some time after the last reference to it is gone. */
  free(): void {
    this.#handle?.free();
    this.#handle = undefined;
  }
}
