import * as wasm from '../../pkg/compute/tensorpress_wasm_compute.js';
import { count, numbers } from './check.js';
import { Held } from './held.js';

/** What a sparse matrix is made of: compressed rows (CSR). */
export interface CompressedRows {
  columns: number;
  /** One more than there are rows: `starts[r]` to `starts[r + 1]` are the entries of row `r`. */
  starts: Uint32Array;
  /** The column of each entry. */
  indices: Uint32Array;
  /** The weight of each entry. */
  values: Float32Array;
}

/** Weights of which only some are stored. */
export class SparseMatrix extends Held<wasm.SparseMatrix> {
  /** All are copied. Entries of a row may be in any order; those of one column are added. */
  constructor({ columns, starts, indices, values }: CompressedRows) {
    super(
      () =>
        new wasm.SparseMatrix(
          count('columns', columns),
          numbers('starts', 'Uint32Array', starts),
          numbers('indices', 'Uint32Array', indices),
          numbers('values', 'Float32Array', values),
        ),
    );
  }

  /** The product with a vector of `columns` elements. */
  multiply(vector: Float32Array): Float32Array {
    return this.use((handle) => handle.multiply(numbers('vector', 'Float32Array', vector)));
  }

  /** The product with a matrix of `columns` rows of `across` elements, row after row; so is the result. */
  multiplyMatrix(dense: Float32Array, across: number): Float32Array {
    return this.use((handle) =>
      handle.multiplyMatrix(numbers('dense', 'Float32Array', dense), count('across', across)),
    );
  }
}
