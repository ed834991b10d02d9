// A display that nobody sees, and pictures of it.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';

/** Starts Xvfb, which finds a free number by itself and says which; what it shows is in a file of the folder. */
export async function startDisplay() {
  const folder = mkdtempSync(join(tmpdir(), 'tensorpress-display-'));
  const options = ['-screen', '0', '1024x768x24', '-nolisten', 'tcp', '-fbdir', folder];
  const child = spawn('Xvfb', ['-displayfd', '3', ...options], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const number = await new Promise((resolve, reject) => {
    child.stdio[3].once('data', (text) => resolve(String(text).trim()));
    child.once('exit', () => reject(new Error('Xvfb does not start')));
  });
  return {
    display: `:${number}`,
    /** Writes what is shown as PNG. */
    picture: (path) => writeFileSync(path, png(readFileSync(join(folder, 'Xvfb_screen0')))),
    stop: () => {
      child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A PNG of a window dump (XWDFile.h) with pixels of four bytes, blue first. */
function png(dump) {
  const field = (index) => dump.readUInt32BE(4 * index);
  const [headerSize, width, height, lineSize, colors] = [0, 4, 5, 12, 19].map(field);
  const pixels = dump.subarray(headerSize + 12 * colors);
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [from, to] = [y * lineSize + 4 * x, 3 * (y * width + x)];
      for (let channel = 0; channel < 3; channel += 1) data[to + channel] = pixels[from + 2 - channel];
    }
  }
  return encode({ width, height, data, channels: 3 });
}
