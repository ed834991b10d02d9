"""The coded planes of docs/FORMAT.md, sections 7 and 8, and the cursor that reads everything."""

import numpy as np


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


def huffman(body, n):
    """Section 7."""
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


def rans(body, n):
    """Section 8."""
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
