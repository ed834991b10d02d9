// Archives put together from parts, with hashes that fit: so that a lie in a part is met by what checks that part.
import { deflateRawSync, inflateRawSync } from 'node:zlib';

const MANIFEST = 'tensorpress.manifest';

/** The head of a valid archive in parts: its plan's text, its files' digests and blocks, and the lengths of its entries. */
export function takeApart(archive) {
  const bytes = Buffer.from(archive);
  const data = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, data));
  const end = header[MANIFEST].data_offsets[1];
  const deflated = bytes.readUInt32LE(data + 24);
  const plan = inflateRawSync(bytes.subarray(data + 32, data + 32 + deflated));
  const { files, streams } = JSON.parse(plan.toString());
  const blocks = streams.reduce((sum, { len, block }) => sum + Math.ceil(len / block), 0);
  const tables = bytes.subarray(data + 32 + deflated).subarray(0, 16 * files.length + 8 * streams.length + 12 * blocks);
  const entries = streams.map(({ name }) => [name, header[name].shape[0]]);
  return { plan, tables, entries, head: bytes.subarray(0, data + end), length: bytes.length };
}

const padded = (bytes, before, by) => {
  const length = Math.ceil((before + bytes.length) / 64) * 64 - before;
  return Buffer.concat([bytes, Buffer.alloc(length - bytes.length, by)]);
};

const hashed = (hash64, bytes) => Buffer.from(hash64(bytes), 'hex').reverse();

/** The header's text for entries of these names and lengths, behind the manifest's. */
export function headerText(manifestLength, entries) {
  let at = 0;
  const members = [[MANIFEST, manifestLength], ...entries].map(([name, length]) => {
    at += length;
    return `,${JSON.stringify(name)}:{"dtype":"U8","shape":[${length}],"data_offsets":[${at - length},${at}]}`;
  });
  return `{"__metadata__":{"format":"tensorpress","version":"1"}${members.join('')}}`;
}

/**
 * The head of an archive, and how long the archive is. `plan` is bytes or text, `planLength` what is declared, `deflated` may
 * be given instead of its deflated form, and `edit` changes the header's text before it is hashed.
 */
export function forge(hash64, { plan, planLength, deflated, tables, entries, edit = (text) => text }) {
  const text = Buffer.from(plan ?? '');
  const packed = deflated ?? deflateRawSync(text);
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32LE(packed.length, 0);
  lengths.writeUInt32LE(planLength ?? text.length, 4);
  const rest = padded(Buffer.concat([lengths, packed, tables]), 24, 0);
  const header = padded(Buffer.from(edit(headerText(24 + rest.length, entries))), 8, ' ');
  const sealed = Buffer.concat([hashed(hash64, header), rest]);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(header.length));
  const head = Buffer.concat([prefix, header, Buffer.from('TPRESS\0\x01', 'latin1'), hashed(hash64, sealed), sealed]);
  return { head, length: head.length + entries.reduce((sum, [, length]) => sum + length, 0) };
}
