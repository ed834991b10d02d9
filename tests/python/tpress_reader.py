"""A second reader of `.tpress` files: numpy and the standard library, written from docs/FORMAT.md alone.

    python3 tpress_reader.py ARCHIVE [FOLDER]     lists what is inside, and with FOLDER restores the files there
"""

import json
import os
import struct
import sys
import zlib

import numpy as np

import tpress_approximate as approximate
from tpress_planes import Cursor, check, huffman, rans, rans_lanes
from xxh3 import xxh3_64, xxh3_128

MAX_HEADER, MAX_PLAN, MAX_BLOCK = 100_000_000, 128 << 20, 16 << 20
BLOCK_KINDS = ["stored", "constant", "deflate", "float", "planes", "palette", "sparse", "narrow", "mixed"]
BLOCK_KINDS += ["scaled", "grid", "low_rank"]
PLANE_KINDS = ["raw", "constant", "huffman", "rans", "lanes"]


def inflate(data, length):
    inflater = zlib.decompressobj(-15)
    out = inflater.decompress(data, length + 1)
    check(inflater.eof and not inflater.unused_data and len(out) == length, "bad DEFLATE stream")
    return out


class Decoder:
    """Sections 4 to 9. Counts the kinds it meets, so that a test can see what was covered."""

    def __init__(self):
        self.blocks, self.planes = set(), set()

    def block(self, encoded, n, allowed=range(12)):
        cursor = Cursor(encoded)
        kind = cursor.number(1)
        check(kind in allowed, f"block kind {kind}, expected one of {list(allowed)}")
        self.blocks.add(BLOCK_KINDS[kind])
        out = getattr(self, BLOCK_KINDS[kind] + "_block")(cursor, n)
        check(cursor.at == len(encoded), f"{len(encoded) - cursor.at} bytes behind the {BLOCK_KINDS[kind]} block")
        check(len(out) == n, f"{len(out)} bytes decoded, {n} expected")
        return out

    def width(self, cursor, n, widths=(1, 2, 4, 8)):
        width = cursor.number(1)
        check(width in widths and n % width == 0, f"width {width} for {n} bytes")
        return width, n // width

    def stored_block(self, cursor, n):
        return cursor.take(n)

    def constant_block(self, cursor, n):
        width, count = self.width(cursor, n)
        return cursor.take(width) * count

    def deflate_block(self, cursor, n):
        return inflate(cursor.rest(), n)

    def float_block(self, cursor, n):
        width, count = self.width(cursor, n, (2, 4, 8))
        exponent, extra, base, exceptions = cursor.number(1), cursor.number(1), cursor.number(2), cursor.number(4)
        check((width, exponent) in ((2, 8), (2, 5), (4, 8), (8, 11)), f"{exponent} exponent bits in {width} bytes")
        check(extra <= 6 and exponent + extra <= 16, f"{extra} extra mantissa bits")
        raw_bits = 8 * width - exponent - extra
        table = cursor.array([("index", "<u4"), ("field", "<u2")], exceptions)
        check((np.diff(table["index"].astype(np.int64)) > 0).all(), "exceptions out of order")
        check((table["index"] < count).all() and (table["field"] < 1 << (exponent + extra)).all(), "bad exception")
        symbols = self.plane(cursor, count).astype(np.uint64)
        field = np.where(symbols == 0, 0, base + symbols - np.uint64(1)).astype(np.uint64)
        field[table["index"]] = table["field"]
        check((field < 1 << (exponent + extra)).all(), "field out of range")
        value = field << np.uint64(raw_bits)
        for i in range(raw_bits // 8):
            value |= self.plane(cursor, count).astype(np.uint64) << np.uint64(8 * i)
        shift, groups = raw_bits - raw_bits % 8, -(-count // 128)
        for bits in (4, 2, 1):
            if raw_bits % 8 & bits:
                packed = self.plane(cursor, groups * 16 * bits).reshape(groups, 16 * bits)
                parts = [packed >> np.uint8(at) & np.uint8((1 << bits) - 1) for at in range(0, 8, bits)]
                parts = np.concatenate(parts, axis=1).reshape(-1)
                check(not parts[count:].any(), "padding of a plane is not zero")
                value |= parts[:count].astype(np.uint64) << np.uint64(shift)
                shift += bits
        top = np.uint64(8 * width - 1)
        value = value >> np.uint64(1) | (value & np.uint64(1)) << top
        return value.astype(f"<u{width}").tobytes()

    def interleave(self, cursor, width, count):
        return np.stack([self.plane(cursor, count) for _ in range(width)], axis=1)

    def planes_block(self, cursor, n):
        width, count = self.width(cursor, n)
        return self.interleave(cursor, width, count).tobytes()

    def palette_block(self, cursor, n):
        width, count = self.width(cursor, n)
        size = cursor.number(4)
        check(1 <= size <= 65536, f"palette of {size}")
        values = cursor.array(np.dtype((np.void, width)), size)
        index = self.interleave(cursor, 2 if size > 256 else 1, count).astype(np.uint32)
        index = index[:, 0] | index[:, 1] << np.uint32(8) if size > 256 else index[:, 0]
        check((index < size).all(), "palette index out of range")
        return values[index].tobytes()

    def sparse_block(self, cursor, n):
        width, count = self.width(cursor, n)
        size = cursor.number(4)
        mask = np.unpackbits(self.plane(cursor, -(-count // 8)), bitorder="little")
        check(not mask[count:].any() and int(mask.sum()) == size, "sparse mask and count differ")
        out = np.zeros((count, width), np.uint8)
        stored = self.block(cursor.rest(), size * width, range(6))
        out[mask[:count] == 1] = np.frombuffer(stored, np.uint8).reshape(-1, width)
        return out.tobytes()

    def narrow_block(self, cursor, n):
        target = cursor.number(1)
        check(target < 3 and n % (4, 4, 8)[target] == 0, f"narrow target {target} for {n} bytes")
        narrow = self.block(cursor.rest(), n // 2, range(7))
        if target == 1:
            return (np.frombuffer(narrow, "<u2").astype("<u4") << np.uint32(16)).tobytes()
        # numpy converts NaNs as the processor does, which may set their quiet bit.
        size, mantissa, gap, most = (2, 10, 13, 31) if target == 0 else (4, 23, 29, 255)
        bits, number = np.frombuffer(narrow, f"<u{size}").astype(f"<u{2 * size}"), np.dtype(f"<u{2 * size}").type
        exponent, fraction = bits >> number(mantissa) & number(most), bits & number((1 << mantissa) - 1)
        check(not (target and ((exponent == 0) & (fraction != 0)).any()), "subnormal fp32 in a narrow block")
        wide = np.frombuffer(narrow, f"<f{size}").astype(f"<f{2 * size}").view(f"<u{2 * size}")
        upper = wide >> number(mantissa + gap) << number(mantissa + gap)
        return np.where((exponent == most) & (fraction != 0), upper | fraction << number(gap), wide).tobytes()

    def mixed_block(self, cursor, n):
        width, count = self.width(cursor, n, (4, 8))
        groups = -(-count // 32)
        mask = np.unpackbits(self.plane(cursor, -(-groups // 8)), bitorder="little")
        check(not mask[groups:].any(), "padding of a mask is not zero")
        marked = np.repeat(mask[:groups], 32)[:count] == 1
        short = int(marked.sum()) * width
        out, kinds = np.zeros((count, width), np.uint8), (0, 1, 2, 3, 4, 5, 7)
        for place, part, size in ((marked, cursor.take(cursor.number(4)), short), (~marked, cursor.rest(), n - short)):
            out[place] = np.frombuffer(self.block(part, size, kinds), np.uint8).reshape(-1, width)
        return out.tobytes()

    scaled_block, grid_block, low_rank_block = approximate.scaled, approximate.grid_weights, approximate.low_rank

    def plane(self, cursor, n):
        kind = cursor.number(1)
        check(kind < len(PLANE_KINDS), f"plane kind {kind}")
        self.planes.add(PLANE_KINDS[kind])
        if kind == 0:
            return cursor.array(np.uint8, n)
        if kind == 1:
            return np.full(n, cursor.number(1), np.uint8)
        body = Cursor(cursor.take(cursor.leb128() if kind == 4 else cursor.number(4)))
        out = (huffman, rans, rans_lanes)[kind - 2](body, n)
        check(body.at == len(body.data) and len(out) == n, "bytes behind a coded plane")
        return out


class Archive:
    """Sections 1 to 3: checks every hash and length on the way."""

    def __init__(self, data):
        cursor = Cursor(data)
        length = cursor.number(8)
        check(length <= MAX_HEADER and (8 + length) % 64 == 0, f"header of {length} bytes")
        raw_header = cursor.take(length)
        header = json.loads(raw_header)
        check(header.pop("__metadata__") == {"format": "tensorpress", "version": "1"}, "not a tensorpress archive")
        body, at, entries = cursor.rest(), 0, {}
        for name, entry in header.items():
            start, end = entry["data_offsets"]
            check(start == at and end % 64 == 0 and entry["shape"] == [end - start], f"entry {name}")
            check(entry["dtype"] == "U8" and end <= len(body), f"entry {name}")
            entries[name], at = body[start:end], end
        check(at == len(body), "bytes behind the last entry")

        self.entries, raw = dict(entries), entries.pop("tensorpress.manifest")
        manifest = Cursor(raw)
        check(manifest.take(8) == b"TPRESS\0\1", "magic of the manifest")
        check(manifest.number(8) == xxh3_64(raw[16:]), "hash of the manifest")
        check(manifest.number(8) == xxh3_64(raw_header), "hash of the header")
        packed, length = manifest.number(4), manifest.number(4)
        check(length <= min(MAX_PLAN, 1032 * packed + 64), f"plan of {length} bytes")
        self.plan = json.loads(inflate(manifest.take(packed), length))
        self.files, self.decoder = self.plan["files"], Decoder()
        self.digests = [manifest.number(16) for _ in self.files]
        check([s["name"] for s in self.plan["streams"]] == list(entries), "streams and entries differ")
        self.streams = [self.stream(manifest, stream, entries[stream["name"]]) for stream in self.plan["streams"]]
        padding = manifest.rest()
        check(len(padding) < 64 and not any(padding), "padding of the manifest")

    def stream(self, manifest, stream, entry):
        block, length, entry = stream["block"], stream["len"], Cursor(entry)
        check(0 < block <= MAX_BLOCK, f"block of {block} bytes")
        expected, out = manifest.number(8), []
        for start in range(0, length, block):
            size, digest = manifest.number(4), manifest.number(8)
            encoded = entry.take(size)
            check(xxh3_64(encoded) == digest, f"block at {start} of {stream['name']}: hash of the encoded bytes")
            out.append(self.decoder.block(encoded, min(block, length - start)))
        check(expected == xxh3_64(b"".join(struct.pack("<Q", xxh3_64(b)) for b in out)), f"hash of {stream['name']}")
        padding = entry.rest()
        check(len(padding) < 64 and not any(padding), f"padding of {stream['name']}")
        return b"".join(out)

    def tensor(self, tensor, files):
        """The bytes of one of the plan's tensors, given the bytes of the restored files."""
        if "stream" not in tensor:
            return b"".join(files[file][start : start + length] for file, start, length in tensor.get("spans", []))
        whole = self.streams[tensor["stream"]]
        start, length = tensor.get("range", (0, len(whole)))
        check(start + length <= len(whole), f"range of {tensor['name']}")
        return whole[start : start + length]

    def restore(self):
        """The original files, as (path, bytes)."""
        skeleton, restored = Cursor(self.streams[0]), []
        for file, digest in zip(self.files, self.digests):
            parts = []
            for piece in file["pieces"]:
                if len(piece) == 2:
                    check(piece[0] == 0, f"piece {piece}")
                    parts.append(skeleton.take(piece[1]))
                else:
                    source = Cursor(self.streams[piece[0]])
                    source.take(piece[1])
                    parts.append(source.take(piece[2]))
            data = b"".join(parts)
            same = file.get("approximate", False) or xxh3_128(data) == digest
            check(len(data) == file["len"] and same, f"length or hash of {file['path']}")
            restored.append((file["path"], data))
        check(skeleton.at == len(self.streams[0]), "skeleton bytes that no file uses")
        return restored


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as archive:
        opened = Archive(archive.read())
    for path, content in opened.restore():
        print(f"{len(content):12} {path}")
        if len(sys.argv) > 2:
            parts = path.split("/")
            check(not path.startswith("/") and ".." not in parts, f"path {path} leaves the folder")
            os.makedirs(os.path.join(sys.argv[2], *parts[:-1]), exist_ok=True)
            with open(os.path.join(sys.argv[2], *parts), "xb") as target:
                target.write(content)
