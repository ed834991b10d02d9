// A display that nobody sees, and pictures of it.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';

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

/** The checksum of PNG; zlib's own came only with Node 20.15. */
function crc32(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

/** A chunk of a PNG. */
function chunk(type, content) {
  const named = Buffer.concat([Buffer.from(type), content]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

/** From a window dump (XWDFile.h) with pixels of four bytes, blue first. */
function png(dump) {
  const field = (index) => dump.readUInt32BE(4 * index);
  const [headerSize, width, height, lineSize, colors] = [0, 4, 5, 12, 19].map(field);
  const pixels = dump.subarray(headerSize + 12 * colors);
  // Every row begins with its filter: none.
  const rows = Buffer.alloc(height * (1 + 3 * width));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [from, to] = [y * lineSize + 4 * x, y * (1 + 3 * width) + 1 + 3 * x];
      for (let channel = 0; channel < 3; channel += 1) rows[to + channel] = pixels[from + 2 - channel];
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  // Eight bits of red, green and blue each.
  head.set([8, 2], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
