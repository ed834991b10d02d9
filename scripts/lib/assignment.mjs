// The assignment problem, solved by the Hungarian method: as many steps as the cube of what is assigned.

/** The column that each row of a square matrix is given, such that what all cost together is least. */
export function cheapest(costs) {
  const size = costs.length;
  // What is taken off each row and column; nothing is left to pay where a row may take a column.
  const [ofRow, ofColumn] = [new Float64Array(size + 1), new Float64Array(size + 1)];
  // The row of each column, counted from 1, and the column before it on the way of exchanges that is looked for.
  const [rows, from] = [new Int32Array(size + 1), new Int32Array(size + 1)];
  for (let row = 1; row <= size; row++) {
    rows[0] = row;
    const least = new Float64Array(size + 1).fill(Number.POSITIVE_INFINITY);
    const reached = new Uint8Array(size + 1);
    let column = 0;
    do {
      reached[column] = 1;
      const current = rows[column];
      let [step, next] = [Number.POSITIVE_INFINITY, 0];
      for (let other = 1; other <= size; other++) {
        if (reached[other]) continue;
        const cost = costs[current - 1][other - 1] - ofRow[current] - ofColumn[other];
        if (cost < least[other]) [least[other], from[other]] = [cost, column];
        if (least[other] < step) [step, next] = [least[other], other];
      }
      for (let other = 0; other <= size; other++) {
        if (reached[other]) {
          ofRow[rows[other]] += step;
          ofColumn[other] -= step;
        } else least[other] -= step;
      }
      column = next;
    } while (rows[column] !== 0);
    for (; column !== 0; column = from[column]) rows[column] = rows[from[column]];
  }
  const columns = [];
  for (let column = 1; column <= size; column++) columns[rows[column] - 1] = column - 1;
  return columns;
}
