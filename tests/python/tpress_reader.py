"""A second reader of `.tpress` files: numpy and the standard library, written from docs/FORMAT.md alone.

    python3 tpress_reader.py ARCHIVE [FOLDER]     lists what is inside, and with FOLDER restores the files there
"""

import json
import os
import struct
import sys
import zlib

import numpy as np

from xxh3 import xxh3_64, xxh3_128

MAX_HEADER, MAX_PLAN, MAX_BLOCK = 100_000_000, 128 << 20, 16 << 20
BLOCK_KINDS = ["stored", "constant", "deflate", "float", "planes", "palette", "sparse", "narrow"]
PLANE_KINDS = ["raw", "constant", "huffman", "rans"]


class FormatError(Exception):
    pass


def check(condition, message):
    if not condition:
        raise FormatError(message)


class Cursor:
    """Takes bytes from the front of a byte string."""

    def __init__(self, data):
        self.data, self.at = memoryview(data), 0

    def take(self, count):
        check(count <= len(self.data) - self.at, f"truncated: {count} bytes wanted at {self.at} of {len(self.data)}")
        self.at += count
        return bytes(self.data[self.at - count : self.at])

    def number(self, width):
        return int.from_bytes(self.take(width), "little")

    def array(self, dtype, count):
        return np.frombuffer(self.take(np.dtype(dtype).itemsize * count), dtype)

    def leb128(self):
        value = shift = 0
        while shift < 35:
            byte = self.number(1)
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
        raise FormatError("LEB128 number of more than five bytes")

    def rest(self):
        return self.take(len(self.data) - self.at)


def inflate(data, length):
    inflater = zlib.decompressobj(-15)
    out = inflater.decompress(data, length + 1)
    check(inflater.eof and not inflater.unused_data and len(out) == length, "bad DEFLATE stream")
    return out


class Decoder:
    """Sections 4 to 8. Counts the kinds it meets, so that a test can see what was covered."""

    def __init__(self):
        self.blocks, self.planes = set(), set()

    def block(self, encoded, n, allowed=8):
        cursor = Cursor(encoded)
        kind = cursor.number(1)
        check(kind < allowed, f"block kind {kind} where only kinds below {allowed} may be")
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
        out[mask[:count] == 1] = np.frombuffer(self.block(cursor.rest(), size * width, 6), np.uint8).reshape(-1, width)
        return out.tobytes()

    def narrow_block(self, cursor, n):
        target = cursor.number(1)
        check(target == 0 and n % 4 == 0, f"narrow target {target} for {n} bytes")
        return np.frombuffer(self.block(cursor.rest(), n // 2, 7), "<f2").astype("<f4").tobytes()

    def plane(self, cursor, n):
        kind = cursor.number(1)
        check(kind < len(PLANE_KINDS), f"plane kind {kind}")
        self.planes.add(PLANE_KINDS[kind])
        if kind == 0:
            return cursor.array(np.uint8, n)
        if kind == 1:
            return np.full(n, cursor.number(1), np.uint8)
        body = Cursor(cursor.take(cursor.number(4)))
        out = (self.huffman if kind == 2 else self.rans)(body, n)
        check(body.at == len(body.data) and len(out) == n, "bytes behind a coded plane")
        return out

    def huffman(self, body, n):
        first, last = body.number(1), body.number(1)
        check(first <= last, "first symbol behind the last")
        lengths, half = [], []

        def nibble():
            if not half:
                byte = body.number(1)
                half.extend((byte >> 4, byte & 15))
            return half.pop()

        while len(lengths) < last + 1 - first:
            value = nibble()
            check(value < 15, "nibble 15")
            run = nibble() + value - 11 if value > 12 else 1
            lengths += [value if value < 13 else 0 if value == 13 or not lengths else lengths[-1]] * run
        check(len(lengths) == last + 1 - first and not any(half), "code lengths")
        used = sorted((length, first + i) for i, length in enumerate(lengths) if length)
        check(sum(4096 >> length for length, _ in used) == 4096, "the code is not complete")
        table, code = [None] * 4096, 0
        for length, symbol in used:
            low = int(f"{code:012b}"[::-1], 2)
            table[low :: 1 << length] = [(length, symbol)] * (4096 >> length)
            code += 4096 >> length
        sizes = [body.leb128() for _ in range(3)]
        streams, quarter, out = [body.take(size) for size in sizes] + [body.rest()], -(-n // 4), bytearray()
        for i, stream in enumerate(streams):
            at, padded = 0, stream + bytes(4)
            for _ in range(max(0, min(quarter, n - i * quarter))):
                check(at <= 8 * len(stream), "Huffman stream too short")
                window = int.from_bytes(padded[at >> 3 : (at >> 3) + 3], "little") >> (at & 7) & 4095
                length, symbol = table[window]
                out.append(symbol)
                at += length
            check(-(-at // 8) == len(stream) and (not at & 7 or not stream[-1] >> (at & 7)), "end of a Huffman stream")
        return np.frombuffer(out, np.uint8)

    def rans(self, body, n):
        first, last = body.number(1), body.number(1)
        check(first <= last, "first symbol behind the last")
        frequencies, bits, held = [], 0, 0

        def get(count):
            nonlocal bits, held
            while held < count:
                bits, held = bits | body.number(1) << held, held + 8
            value, bits, held = bits & ((1 << count) - 1), bits >> count, held - count
            return value

        while len(frequencies) < last + 1 - first:
            size = get(4)
            check(size < 13 or size == 15, f"frequency of {size} bits")
            frequencies += [0] * (get(4) + 2) if size == 15 else [get(size - 1) | 1 << (size - 1) if size else 0]
        check(len(frequencies) == last + 1 - first and not bits and sum(frequencies) == 4096, "frequencies")
        slots = [(first + i, f, place) for i, f in enumerate(frequencies) for place in range(f)]
        states = body.array("<u4", 8).tolist()
        check(min(states) >= 65536, "state below 65536")
        words, used, out = body.array("<u2", (len(body.data) - body.at) // 2).tolist(), 0, bytearray()
        for i in range(n):
            x = states[i & 7]
            symbol, f, place = slots[x & 4095]
            x = f * (x >> 12) + place
            if x < 65536:
                check(used < len(words), "rANS words used up")
                x, used = x << 16 | words[used], used + 1
            states[i & 7] = x
            out.append(symbol)
        check(used == len(words) and states == [65536] * 8, "end of the rANS lanes")
        return np.frombuffer(out, np.uint8)


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
            check(len(data) == file["len"] and xxh3_128(data) == digest, f"length or hash of {file['path']}")
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
