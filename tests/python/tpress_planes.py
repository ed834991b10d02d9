"""The coded planes of docs/FORMAT.md, sections 7 to 9, and the cursor that reads everything."""

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


class Bits:
    """Bits from the front of a cursor, lowest first."""

    def __init__(self, cursor):
        self.cursor, self.bits, self.held = cursor, 0, 0

    def get(self, count):
        while self.held < count:
            self.bits, self.held = self.bits | self.cursor.number(1) << self.held, self.held + 8
        value, self.bits, self.held = self.bits & ((1 << count) - 1), self.bits >> count, self.held - count
        return value

    def finish(self):
        check(not self.bits, "padding of bits is not zero")
        self.held = 0


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


def table(body):
    """Section 8: symbol, frequency and place within it for each slot."""
    first, last = body.number(1), body.number(1)
    check(first <= last, "first symbol behind the last")
    frequencies, bits = [], Bits(body)
    while len(frequencies) < last + 1 - first:
        size = bits.get(4)
        check(size < 13 or size == 15, f"frequency of {size} bits")
        frequencies += [0] * (bits.get(4) + 2) if size == 15 else [bits.get(size - 1) | 1 << (size - 1) if size else 0]
    bits.finish()
    check(len(frequencies) == last + 1 - first and sum(frequencies) == 4096, "frequencies")
    check(max(frequencies) < 4096, "frequency of 4096")
    return [(first + i, f, place) for i, f in enumerate(frequencies) for place in range(f)]


class Words:
    """Steps 1 to 3 of section 8."""

    def __init__(self, words):
        self.words, self.used = words, 0

    def step(self, slots, state):
        symbol, frequency, place = slots[state & 4095]
        state = frequency * (state >> 12) + place
        if state < 65536:
            check(self.used < len(self.words), "rANS words used up")
            state, self.used = state << 16 | self.words[self.used], self.used + 1
        return symbol, state


def rest_words(body):
    return Words(body.array("<u2", (len(body.data) - body.at) // 2).tolist())


def rans(body, n):
    """Section 8."""
    slots, states, out = table(body), body.array("<u4", 8).tolist(), bytearray()
    check(min(states) >= 65536, "state below 65536")
    words = rest_words(body)
    for i in range(n):
        symbol, states[i & 7] = words.step(slots, states[i & 7])
        out.append(symbol)
    check(words.used == len(words.words) and states == [65536] * 8, "end of the rANS lanes")
    return np.frombuffer(out, np.uint8)


def lanes(body, n, slots, decoded):
    """Section 9: `slots(i)` is the table of symbol i; `decoded(i, symbol)` is told what it is."""
    log_lanes, tail = body.number(1), body.leb128()
    check(log_lanes in (0, 3, 5) and tail <= n, "lanes")
    count, bits, states = 1 << log_lanes, Bits(body), []
    for _ in range(count):
        high = bits.get(4)
        upper = 1 << high | bits.get(high)
        states.append(upper << 16 | bits.get(16))
    bits.finish()
    words, out = rest_words(body), []
    for i in range(n):
        if i == n - tail:
            break
        symbol, states[i % count] = words.step(slots(i), states[i % count])
        decoded(i, symbol)
        out.append(symbol)
    check(words.used == len(words.words) and body.at == len(body.data), "rANS words left")
    check(all(state >> 16 == 1 for state in states[1:]), "end of the rANS lanes")
    words, state = Words([state & 65535 for state in states[1:]]), states[0]
    for i in range(n - tail, n):
        symbol, state = words.step(slots(i), state)
        decoded(i, symbol)
        out.append(symbol)
    check(state == 65536 and not any(words.words[words.used :]), "end of the first rANS lane")
    return out


def rans_lanes(body, n):
    """Section 9, with one table."""
    slots = table(body)
    return np.array(lanes(body, n, lambda i: slots, lambda i, symbol: None), np.uint8)
