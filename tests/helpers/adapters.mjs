// One archive, and servers that hold it, for the tests of what connects the package to other libraries.
import * as assert from 'uvu/assert';
import { compress } from '../../dist/index.js';
import { model } from './models.mjs';

/** What the archive is made of. */
export const original = model();
/** The archive of one file, `model.onnx`. */
export const { bytes: archive } = await compress([{ path: 'model.onnx', data: original }]);
/** Both hold the same bytes. */
export const same = (a, b) => assert.ok(Buffer.compare(a, b) === 0, 'bytes differ');
/** All bytes of a response. */
export const bytesOf = async (response) => new Uint8Array(await response.arrayBuffer());

/** A server that holds one archive. */
export const server = async (address) =>
  String(address).endsWith('/model.onnx.tpress') ? new Response(archive) : new Response(null, { status: 404 });

/** A `fetch` by what a server has at its addresses, with a list of what was asked of it. */
export function serving(files) {
  const asked = [];
  const fetch = async (input, init = {}) => {
    const url = String(input.url ?? input);
    asked.push({ url, ...init });
    const found = files[url];
    return found === undefined ? new Response('none', { status: 404 }) : found(init);
  };
  return { asked, fetch };
}
