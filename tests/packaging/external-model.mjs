// A small ONNX model whose weights lie in a file of their own: y = x · w, with w of ROWS x COLUMNS.
export const ROWS = 64;
export const COLUMNS = 500;

const varint = (number) => {
  const bytes = [];
  for (let rest = number; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
};
const number = (field, value) => Buffer.concat([varint(field * 8), varint(value)]);
const bytes = (field, ...parts) => {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
};

/** A ValueInfoProto of floats. */
const value = (name, shape) => {
  const dimensions = shape.map((size) => bytes(1, number(1, size)));
  return [bytes(1, name), bytes(2, bytes(1, number(1, 1), bytes(2, ...dimensions)))];
};

/** The model, and the content of the file that it names. */
export function externalModel(location) {
  const weights = Float32Array.from({ length: ROWS * COLUMNS }, (_, i) => Math.sin(i) / 8);
  const entry = (key, text) => bytes(13, bytes(1, key), bytes(2, text));
  const initializer = [
    ...[number(1, ROWS), number(1, COLUMNS), number(2, 1), bytes(8, 'w')],
    ...[entry('location', location), entry('offset', '0'), entry('length', String(weights.byteLength))],
    number(14, 1),
  ];
  const graph = [
    bytes(1, bytes(1, 'x'), bytes(1, 'w'), bytes(2, 'y'), bytes(4, 'MatMul')),
    bytes(2, 'product'),
    bytes(5, ...initializer),
    bytes(11, ...value('x', [1, ROWS])),
    bytes(12, ...value('y', [1, COLUMNS])),
  ];
  const model = Buffer.concat([number(1, 8), bytes(7, ...graph), bytes(8, bytes(1, ''), number(2, 13))]);
  return { model, weights: Buffer.from(weights.buffer) };
}
