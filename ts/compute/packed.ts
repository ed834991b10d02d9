import * as wasm from '../../pkg/compute/tensorpress_wasm_compute.js';
import { count, numbers } from './check.js';
import type { Shape } from './dense.js';
import { Held } from './held.js';

/** 4-bit weights with a scale for every 32 of a row: the layout of ONNX Runtime's MatMulNBits without zero points. */
export class Int4Matrix extends Held<wasm.Int4Matrix> {
  /**
   * Weight = (code − 8) · scale. A row is `ceil(columns / 32)` groups; each is 16 bytes of `codes`, the first code in the
   * low bits of the first byte, and one of `scales`. Codes past the last column are ignored. All are copied.
   */
  constructor({ rows, columns, codes, scales }: Shape & { codes: Uint8Array; scales: Float32Array }) {
    super(
      () =>
        new wasm.Int4Matrix(
          count('rows', rows),
          count('columns', columns),
          numbers('codes', 'Uint8Array', codes),
          numbers('scales', 'Float32Array', scales),
        ),
    );
  }

  /**
   * The product with an fp32 vector, whose elements are rounded to multiples of 1/32767 of the greatest magnitude in their
   * group of 32. An infinity or NaN in it makes all sums NaN.
   */
  multiply(vector: Float32Array): Float32Array {
    return this.use((handle) => handle.multiply(numbers('vector', 'Float32Array', vector)));
  }
}

/** Weights of −1 and +1, one bit each, with a scale for each row (XNOR-Net). */
export class BinaryMatrix extends Held<wasm.BinaryMatrix> {
  /**
   * A set bit is +scale, a clear one −scale. A row is `ceil(columns / 8)` bytes of `bits`, the first column in the lowest
   * bit; bits past the last column are ignored. `scales` has one a row. All are copied.
   */
  constructor({ rows, columns, bits, scales }: Shape & { bits: Uint8Array; scales: Float32Array }) {
    super(
      () =>
        new wasm.BinaryMatrix(
          count('rows', rows),
          count('columns', columns),
          numbers('bits', 'Uint8Array', bits),
          numbers('scales', 'Float32Array', scales),
        ),
    );
  }

  /** The product with the signs of a vector (0 counts as +) times the mean of its magnitudes. */
  multiply(vector: Float32Array): Float32Array {
    return this.use((handle) => handle.multiply(numbers('vector', 'Float32Array', vector)));
  }

  /** The exact sums of the products of signs, for a vector of bits that is laid out as a row is; without scales. */
  multiplyBits(vector: Uint8Array): Int32Array {
    return this.use((handle) => handle.multiplyBits(numbers('vector', 'Uint8Array', vector)));
  }
}
