// Plain text tables and numbers.

/** Aligned columns: the first ones named in `left` to the left, the others to the right. */
export function table(headings, rows, left = 1) {
  const lines = [headings, ...rows].map((row) => row.map(String));
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const draw = (line) =>
    line
      .map((cell, column) => (column < left ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  ');
  return [draw(lines[0]), widths.map((width) => '-'.repeat(width)).join('  '), ...lines.slice(1).map(draw)]
    .map((line) => line.trimEnd())
    .join('\n');
}

export const megabytesPerSecond = (bytes, seconds) => (bytes / 1e6 / seconds).toFixed(0);
export const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
export const grouped = (number) => number.toLocaleString('en-US');
