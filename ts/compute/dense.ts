import * as wasm from '../../pkg/compute/tensorpress_wasm_compute.js';
import { count, numbers } from './check.js';
import { Held } from './held.js';

/** The shape of a matrix: a product is `rows` sums of `columns` products each. */
export interface Shape {
  /** Length of a product's result. */
  rows: number;
  /** Length of the vector. */
  columns: number;
}

/** fp32 weights, for comparison with the other classes. */
export class Fp32Matrix extends Held<wasm.Fp32Matrix> {
  /** `weights` has `rows · columns` elements, row after row. They are copied. */
  constructor({ rows, columns, weights }: Shape & { weights: Float32Array }) {
    super(
      () =>
        new wasm.Fp32Matrix(
          count('rows', rows),
          count('columns', columns),
          numbers('weights', 'Float32Array', weights),
        ),
    );
  }

  /** `rows` sums: the product with a vector of `columns` elements. */
  multiply(vector: Float32Array): Float32Array {
    return this.use((handle) => handle.multiply(numbers('vector', 'Float32Array', vector)));
  }
}

/** 8-bit weights with a scale for each row. */
export class Int8Matrix extends Held<wasm.Int8Matrix> {
  /**
   * Weight = code · scale of its row. `codes` has `rows · columns` elements, row after row, and `scales` one a row. They
   * are copied. There may be at most 131,071 columns, so that no sum can overflow.
   */
  constructor({ rows, columns, codes, scales }: Shape & { codes: Int8Array; scales: Float32Array }) {
    super(
      () =>
        new wasm.Int8Matrix(
          count('rows', rows),
          count('columns', columns),
          numbers('codes', 'Int8Array', codes),
          numbers('scales', 'Float32Array', scales),
        ),
    );
  }

  /**
   * The product with an fp32 vector, which is first rounded to 8-bit codes: an element is off by at most 1/254 of the greatest
   * magnitude. An infinity or NaN in it makes all sums NaN.
   */
  multiply(vector: Float32Array): Float32Array {
    return this.use((handle) => handle.multiply(numbers('vector', 'Float32Array', vector)));
  }

  /** The exact sums of the products of codes, without scales. */
  multiplyCodes(vector: Int8Array): Int32Array {
    return this.use((handle) => handle.multiplyCodes(numbers('vector', 'Int8Array', vector)));
  }
}
