// Products with quantized weights through the package, against plain JavaScript.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BinaryMatrix, Fp32Matrix, Int4Matrix, Int8Matrix, init, SparseMatrix } from '../dist/compute.js';

let state = 1;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
const floats = (length) => Float32Array.from({ length }, () => random() - 0.5);
const bytes = (length) => Uint8Array.from({ length }, () => random() * 256);
const sums = (rows, columns, weight, vector) =>
  Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let column = 0; column < columns; column += 1) sum += weight(row, column) * vector[column];
    return sum;
  });

function near(found, expected, slack) {
  assert.is(found.length, expected.length);
  found.forEach((value, at) => {
    assert.ok(Math.abs(value - expected[at]) <= slack, `row ${at}: ${value}, not ${expected[at]}`);
  });
}

function refused(work, code, text) {
  assert.throws(work, (error) => {
    assert.is(error.name, 'TensorpressError');
    assert.is(error.code, code);
    assert.ok(error.message.includes(text), error.message);
    return true;
  });
}

const ROWS = 9;
const COLUMNS = 131;

test('nothing works before the module is loaded, and init says what is wrong', async () => {
  refused(() => new Fp32Matrix({ rows: 0, columns: 0, weights: floats(0) }), 'invalid-option', 'init()');
  for (const [options, code] of [
    [{ wasm: new Uint8Array(8) }, 'io'],
    [{ wsam: 1 }, 'invalid-option'],
  ]) {
    try {
      await init(options);
      assert.unreachable();
    } catch (error) {
      assert.is(error.code, code, error.message);
    }
  }
  // What failed may be tried again.
  await init();
  await init();
});

test('fp32', () => {
  const [weights, vector] = [floats(ROWS * COLUMNS), floats(COLUMNS)];
  const matrix = new Fp32Matrix({ rows: ROWS, columns: COLUMNS, weights });
  const expected = sums(ROWS, COLUMNS, (row, column) => weights[row * COLUMNS + column], vector);
  near(matrix.multiply(vector), expected, 1e-5);
});

test('int8: exact codes, and floats within half a step', () => {
  const codes = new Int8Array(bytes(ROWS * COLUMNS).buffer);
  const [scales, vector] = [floats(ROWS), floats(COLUMNS)];
  const matrix = new Int8Matrix({ rows: ROWS, columns: COLUMNS, codes, scales });
  const integers = new Int8Array(bytes(COLUMNS).buffer);
  const code = (row, column) => codes[row * COLUMNS + column];
  assert.equal([...matrix.multiplyCodes(integers)], sums(ROWS, COLUMNS, code, integers));
  const expected = sums(ROWS, COLUMNS, (row, column) => code(row, column) * scales[row], vector);
  near(matrix.multiply(vector), expected, (COLUMNS * 128 * 0.5 * 0.5) / 253);
});

test('int4 groups of 32', () => {
  const groups = Math.ceil(COLUMNS / 32);
  const [codes, scales, vector] = [bytes(ROWS * groups * 16), floats(ROWS * groups), floats(COLUMNS)];
  const weight = (row, column) => {
    const group = row * groups + (column >> 5);
    const byte = codes[group * 16 + ((column & 31) >> 1)];
    return ((column & 1 ? byte >> 4 : byte & 15) - 8) * scales[group];
  };
  const matrix = new Int4Matrix({ rows: ROWS, columns: COLUMNS, codes, scales });
  near(matrix.multiply(vector), sums(ROWS, COLUMNS, weight, vector), (COLUMNS * 8 * 0.5 * 0.5) / 65000);
});

test('binary: exact signs, and floats as XNOR-Net has them', () => {
  const row = Math.ceil(COLUMNS / 8);
  const [bits, signs, scales, vector] = [bytes(ROWS * row), bytes(row), floats(ROWS), floats(COLUMNS)];
  const sign = (from, at) => ((from[at >> 3] >> (at & 7)) & 1 ? 1 : -1);
  const weight = (r, column) => sign(bits.subarray(r * row), column);
  const matrix = new BinaryMatrix({ rows: ROWS, columns: COLUMNS, bits, scales });
  const other = Array.from({ length: COLUMNS }, (_, at) => sign(signs, at));
  assert.equal([...matrix.multiplyBits(signs)], sums(ROWS, COLUMNS, weight, other));
  const mean = vector.reduce((sum, value) => sum + Math.abs(value), 0) / COLUMNS;
  const stand = [...vector].map((value) => (value < 0 ? -mean : mean));
  const expected = sums(ROWS, COLUMNS, (r, column) => weight(r, column) * scales[r], stand);
  near(matrix.multiply(vector), expected, 1e-4);
});

test('sparse, with a vector and with a matrix', () => {
  const [starts, indices, values] = [[0], [], []];
  const full = floats(ROWS * COLUMNS).map((value) => (Math.abs(value) < 0.4 ? 0 : value));
  for (let row = 0; row < ROWS; row += 1) {
    for (let column = 0; column < COLUMNS; column += 1) {
      const value = full[row * COLUMNS + column];
      if (value === 0) continue;
      values.push(value);
      indices.push(column);
    }
    starts.push(indices.length);
  }
  const matrix = new SparseMatrix({
    columns: COLUMNS,
    starts: Uint32Array.from(starts),
    indices: Uint32Array.from(indices),
    values: Float32Array.from(values),
  });
  const weight = (row, column) => full[row * COLUMNS + column];
  const vector = floats(COLUMNS);
  near(matrix.multiply(vector), sums(ROWS, COLUMNS, weight, vector), 1e-5);
  const across = 19;
  const dense = floats(COLUMNS * across);
  const product = matrix.multiplyMatrix(dense, across);
  for (let at = 0; at < across; at += 1) {
    const column = Array.from({ length: COLUMNS }, (_, row) => dense[row * across + at]);
    const found = Array.from({ length: ROWS }, (_, row) => product[row * across + at]);
    near(found, sums(ROWS, COLUMNS, weight, column), 1e-5);
  }
});

test('what does not fit is refused with the place and what was expected', () => {
  const codes = new Int8Array(6);
  const scales = new Float32Array(2);
  refused(() => new Int8Matrix({ rows: 2, columns: 4, codes, scales }), 'invalid-option', 'codes: expected 8, found 6');
  refused(() => new Int8Matrix({ rows: 2, columns: 3, codes: [...codes], scales }), 'invalid-option', 'Int8Array');
  refused(() => new Int8Matrix({ rows: -1, columns: 3, codes, scales }), 'invalid-option', 'rows: expected');
  refused(
    () => new Int8Matrix({ rows: 2 ** 31, columns: 2 ** 31, codes, scales }),
    'invalid-option',
    'more than memory',
  );
  const limit = new Int8Array(131_072);
  refused(
    () => new Int8Matrix({ rows: 1, columns: limit.length, codes: limit, scales: scales.subarray(1) }),
    'invalid-option',
    'at most 131071',
  );
  const matrix = new Int8Matrix({ rows: 2, columns: 3, codes, scales });
  refused(() => matrix.multiply(new Float32Array(4)), 'invalid-option', 'vector: expected 3, found 4');
  refused(() => matrix.multiply(new Float64Array(3)), 'invalid-option', 'expected a Float32Array, found Float64Array');
  matrix.free();
  matrix.free();
  refused(() => matrix.multiply(new Float32Array(3)), 'invalid-option', 'freed');
  const sparse = { columns: 2, starts: Uint32Array.of(0, 1), indices: Uint32Array.of(2), values: Float32Array.of(1) };
  refused(() => new SparseMatrix(sparse), 'invalid-option', 'indices[0]: expected 0 or more and less than 2, found 2');
  // Rows that cost nothing to claim.
  const claimed = new Fp32Matrix({ rows: 2 ** 32 - 1, columns: 0, weights: new Float32Array(0) });
  refused(() => claimed.multiply(new Float32Array(0)), 'limit', '4294967295');
  // An array that nobody has written to takes no memory but in the module.
  const weights = new Float32Array(6e8);
  refused(() => new Fp32Matrix({ rows: 1, columns: weights.length, weights }), 'limit', 'no memory');
  near(new Fp32Matrix({ rows: 1, columns: 1, weights: Float32Array.of(2) }).multiply(Float32Array.of(3)), [6], 0);
});

test.run();
