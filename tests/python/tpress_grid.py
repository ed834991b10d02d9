"""The grids of docs/FORMAT.md, section 10: matrices of small integers and the weights that they stand for."""

import numpy as np

from tpress_planes import Bits, check, lanes

TAPS = {2: (3, 1), 3: (5, 2), 4: (9, 5), 5: (20, 2)}
OCTAVE = [256, 279, 304, 332, 362, 395, 431, 470]


class Machines:
    """The 32 machines of a trellis; without one all quantizers are 0."""

    def __init__(self, log_states):
        check(log_states == 0 or log_states in TAPS, f"trellis of 2^{log_states} states")
        self.taps, self.states = TAPS.get(log_states), [0] * 32

    def quantizer(self, i):
        return self.states[i % 32] & 1

    def follow(self, i, code):
        if self.taps:
            state, (feedback, taken) = self.states[i % 32], self.taps
            self.states[i % 32] = state >> 1 ^ (feedback if state & 1 else 0) ^ (taken if code & 1 else 0)


def levels(bits, before):
    count = bits.get(8)
    check(count <= 128, f"{count} levels")
    rice, out = bits.get(3) if count else 0, []
    for j in range(count):
        ones = 0
        while ones < 15 and bits.get(1):
            ones += 1
        if ones == 15:
            level = bits.get(7)
        else:
            if len(before) > j:
                predicted = before[j] + (out[j - 1] - before[j - 1] if j else 0)
            else:
                predicted = 88 if j == 0 else out[0] if j == 1 else 2 * out[j - 1] - out[j - 2]
            rest = ones << rice | bits.get(rice)
            level = min(max(predicted, 0), 96) + (-(rest + 1) // 2 if rest & 1 else rest // 2)
        check(0 <= level <= 96, f"level {level}")
        out.append(level)
    return out


def slots(table):
    """For each of the 4096 slots: token, frequency, place."""
    weights = [OCTAVE[(level - 1) % 8] << (level - 1) // 8 if level else 0 for level in table]
    total, frequencies = sum(weights) + sum(weights[1:]), [0] * 256
    if not any(weights[1:]):
        frequencies[:2] = 4095, 1
    else:
        for j, weight in enumerate(weights):
            for token in {max(2 * j - 1, 0), 2 * j} if weight else ():
                frequencies[token] = max(1, (4096 * weight + total // 2) // total)
        most = frequencies.index(max(frequencies))
        frequencies[most] += 4096 - sum(frequencies)
        check(0 < frequencies[most] < 4096, "frequencies")
    return [(token, f, place) for token, f in enumerate(frequencies) for place in range(f)]


def magnitude(index, split, fraction):
    """The smallest magnitude of an index, and how many bits are beside."""
    if index < 1 << split:
        return index, 0
    octave, within = divmod(index - (1 << split), 2 << fraction)
    exponent = split + octave
    check(exponent < 15, "token of a magnitude above 32767")
    return 1 << exponent | within >> 1 << exponent - fraction | within & 1, exponent - 1 - fraction


def tokens(cursor, n, columns, machines, plane):
    form, contexts = cursor.number(1), cursor.number(1)
    split, fraction = form & 15, form >> 4
    check(1 <= split <= 6 and fraction <= 3 and fraction < split, "tokens")
    check(1 <= contexts <= 16, f"{contexts} contexts")
    context = np.zeros(n, np.int64)
    if contexts > 1:
        thresholds = cursor.array(np.uint8, contexts - 1)
        check((np.diff(thresholds.astype(int)) > 0).all(), "thresholds")
        rows, widths = (plane(cursor, size).astype(int) for size in (n // columns, columns))
        check(max(rows.max(initial=0), widths.max(initial=0)) <= 127, "scales")
        context = np.searchsorted(thresholds, (rows[:, None] + widths).ravel(), side="right")
    ways, bits, tables = 2 if machines.taps else 1, Bits(cursor), []
    for at in range(contexts * ways):
        tables.append(levels(bits, tables[at - ways] if at >= ways else []))
    bits.finish()
    ready = [slots(table) for table in tables]
    known = {token for table in ready for token, _, _ in table}
    meaning = {token: magnitude((token + 1) // 2, split, fraction) for token in range(max(known) + 1)}
    beside = Bits(type(cursor)(cursor.take(cursor.leb128())))
    if ways == 1:
        found = lanes(cursor, n, lambda i: ready[context[i]], lambda i, token: None)
    else:
        choose = lambda i: ready[2 * context[i] + machines.quantizer(i)]
        found = lanes(cursor, n, choose, lambda i, token: machines.follow(i, (token + 1) // 2))
    codes = []
    for token in found:
        base, count = meaning[token]
        size = base + 2 * beside.get(count)
        codes.append(size if token & 1 else -size)
    beside.finish()
    check(beside.cursor.at == len(beside.cursor.data), "bits beside")
    return codes


def grid(cursor, n, plane):
    """Codes and weights of the payload that the rest of `cursor` is; `plane` reads a coded plane."""
    columns, step = cursor.leb128(), cursor.array("<f4", 1)[0]
    form, offsets = cursor.number(1), cursor.array(np.int8, 3).tolist()
    check(columns and n % columns == 0, f"{columns} columns for {n} elements")
    check(0 < step < np.float32(2.0**111), f"step {step}")
    check(form >> 4 < 2, "neither packed nor tokens")
    if form >> 4:
        codes = tokens(cursor, n, columns, Machines(form & 15), plane)
    else:
        width, bits = cursor.number(1), Bits(cursor)
        check(width <= 16, f"codes of {width} bits")
        codes = [bits.get(width) - (1 << width - 1) if width else 0 for _ in range(n)]
        bits.finish()
    check(cursor.at == len(cursor.data), "bytes behind a grid")
    check(min(codes, default=0) > -32768, "code below -32767")
    machines, points = Machines(form & 15), []
    for i, code in enumerate(codes):
        quantizer, size = machines.quantizer(i), abs(code)
        point = 2 * size - (quantizer if size else 0) if machines.taps else size
        points.append(-point if code < 0 else point)
        machines.follow(i, code)
    points = np.array(points, np.int64)
    offset = np.array([0, *offsets])[np.minimum(abs(points), 3)]
    places = (abs(points) * 256 + offset).astype(np.float32) / np.float32(256)
    weights = np.sign(points).astype(np.float32) * (places * step)
    return np.array(codes, np.int64), weights + np.float32(0)
