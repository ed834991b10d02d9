// Other people's compressors on the same bytes in the same run.
import * as zlib from 'node:zlib';
import { inRoot } from '../lib/paths.mjs';
import { ensurePython } from '../lib/python.mjs';
import { attempt } from '../lib/run.mjs';
import { bestOf, outcome } from './timing.mjs';

const PEERS = ['zipnn==0.5.4', 'zstandard==0.25.0', 'numpy==2.4.6'];
const LEVEL = 1;

/** Node's own zstd where it has one, else a library compiled to WebAssembly. */
async function zstdCodec() {
  if (zlib.zstdCompressSync) {
    const params = { [zlib.constants.ZSTD_c_compressionLevel]: LEVEL };
    return {
      name: `zstd -${LEVEL} (Node's, native)`,
      compress: (bytes) => zlib.zstdCompressSync(bytes, { params }),
      decompress: (bytes) => zlib.zstdDecompressSync(bytes),
    };
  }
  const { default: zstd } = await import('@bokuweb/zstd-wasm');
  await zstd.init();
  return {
    name: `zstd -${LEVEL} (zstd-wasm)`,
    compress: (bytes) => zstd.compress(bytes, LEVEL),
    decompress: (bytes) => zstd.decompress(bytes),
    // The module's memory does not hold two copies of a large input.
    piece: 16 << 20,
  };
}

/** zstd on a file of raw weights, in a process of its own: the module's memory does not last for many inputs. */
export async function zstd(rawPath, times) {
  const script = inRoot('scripts', 'bench', 'zstd-peer.mjs');
  const found = await attempt(process.execPath, [script, rawPath, String(times)]);
  if (!found.ok) throw new Error(`${script} failed:\n${found.output}`);
  return JSON.parse(found.stdout.trim().split('\n').at(-1));
}

/** The same in this process, on bytes. */
export async function zstdHere(raw, times) {
  const codec = await zstdCodec();
  const size = codec.piece ?? raw.length;
  const pieces = Array.from({ length: Math.ceil(raw.length / size) }, (_, i) => raw.subarray(i * size, (i + 1) * size));
  const encoded = await bestOf(times, () => pieces.map((piece) => codec.compress(piece)));
  const decoded = await bestOf(times, () => encoded.result.map((piece) => codec.decompress(piece)));
  if (Buffer.compare(Buffer.concat(decoded.result), raw) !== 0) {
    throw new Error(`${codec.name} did not give the same bytes back`);
  }
  const length = encoded.result.reduce((sum, piece) => sum + piece.length, 0);
  return outcome(codec.name, raw.length, length, encoded, decoded);
}

/** A Python with the native rivals in it, made once per user. */
export async function peerPython() {
  const python = await ensurePython('zipnn', PEERS);
  if (!python) throw new Error('--peers needs Python 3 with pip and venv.');
  return python;
}

/** Native rivals, one thread each; a process of their own for every input. */
export async function peers(python, rawPath, form, times) {
  const script = inRoot('scripts', 'bench', 'zipnn_peer.py');
  const found = await attempt(python, ['-W', 'ignore', script, rawPath, form, String(times), String(LEVEL)]);
  if (!found.ok) throw new Error(`${script} failed:\n${found.output}`);
  return JSON.parse(found.stdout.trim().split('\n').at(-1)).map((peer) =>
    outcome(peer.name, peer.bytes, peer.compressed, peer.encode, peer.decode),
  );
}
