"""Blocks of approximated weights: docs/FORMAT.md, sections 4, 11 and 12."""

import numpy as np

from tpress_grid import grid
from tpress_planes import Cursor, check

WIDTHS, MOST = (4, 2, 2, 8), np.float32(1e30)


def count(cursor, n):
    """The number type and how many elements there are."""
    kind = cursor.number(1)
    check(kind < 4 and n % WIDTHS[kind] == 0, f"number type {kind} for {n} bytes")
    return kind, n // WIDTHS[kind]


def elements(kind, weights):
    """fp32 weights as elements of a type."""
    if kind == 2:
        bits = weights.view("<u4").astype(np.uint64)
        return (bits + 0x7FFF + (bits >> np.uint64(16) & np.uint64(1)) >> np.uint64(16)).astype("<u2").tobytes()
    with np.errstate(over="ignore"):
        return weights.astype(("<f4", "<f2", None, "<f8")[kind]).tobytes()


def nested(decoder, cursor, size, kinds=range(6)):
    encoded = cursor.take(cursor.number(4))
    check(bool(encoded) == bool(size), "a nested block of nothing, or none of something")
    return decoder.block(encoded, size, kinds) if size else b""


def singles(decoder, cursor, size, form, kinds=range(6)):
    """Nested fp32, fp16 or bf16 numbers."""
    data = nested(decoder, cursor, size * (4, 2, 2)[form], kinds)
    if form == 2:
        return (np.frombuffer(data, "<u2").astype("<u4") << np.uint32(16)).view("<f4")
    return np.frombuffer(data, ("<f4", "<f2")[form]).astype(np.float32)


def e4m3(codes):
    exponent, mantissa = (codes >> 3 & 15).astype(int), (codes & 7).astype(np.float32)
    check(not ((codes & 127) == 127).any(), "a scale that is no number")
    value = np.where(exponent, np.ldexp(8 + mantissa, exponent - 10), np.ldexp(mantissa, -9)).astype(np.float32)
    return np.where(codes & 128, -value, value)


def scales_of(decoder, cursor, size):
    form = cursor.number(1)
    check(form < 6, f"scales of kind {form}")
    if form < 3:
        return singles(decoder, cursor, size, form)
    factor = cursor.array("<f4", 1)[0] if form == 4 else None
    group = cursor.number(4) if form == 5 else 1
    check(group > 0, "groups of no scales")
    steps = singles(decoder, cursor, -(-size // group), 0) if form == 5 else None
    codes = np.frombuffer(nested(decoder, cursor, size), np.uint8)
    if form == 3:
        check(not (codes == 255).any(), "a scale that is no number")
        return np.ldexp(np.float32(1), codes.astype(int) - 127).astype(np.float32)
    if form == 4:
        return e4m3(codes) * factor
    return codes.astype(np.float32) * steps[np.arange(size) // group]


def scaled(decoder, cursor, n):
    kind, size = count(cursor, n)
    outer, channels, inner, group = (cursor.number(4) for _ in range(4))
    check(outer * channels * inner == size and size and group, "shape of a scaled block")
    kinds = cursor.number(1)
    if kinds == 0:
        least = int(cursor.array("<i4", 1)[0])
        most = cursor.number(2)
        check(-(2**24) <= least and least + most <= 2**24, f"integers from {least}")
        levels = np.arange(least, least + most + 1).astype(np.float32)
    else:
        check(kinds == 1, f"levels of kind {kinds}")
        levels = cursor.array("<f4", cursor.number(1) + 1)
    groups = -(-outer * inner // group)
    scales = scales_of(decoder, cursor, channels * groups)
    check(np.isfinite(scales).all(), "a scale that is not finite")
    integers = None
    if (form := cursor.number(1)) == 1:
        integers = np.frombuffer(nested(decoder, cursor, 4 * len(scales)), "<i4")
        zeros = integers.astype(np.float32)
    else:
        check(form < 4, f"zeros of kind {form}")
        zeros = singles(decoder, cursor, len(scales), 3 - form) if form else np.zeros(len(scales), np.float32)
    check((abs(levels) <= MOST).all() and (abs(zeros) <= MOST).all(), "a level or zero out of range")
    codes = decoder.plane(cursor, size).astype(np.int64)
    if len(levels) > 256:
        codes |= decoder.plane(cursor, size).astype(np.int64) << 8
    check((codes < len(levels)).all(), "code out of range")
    index = np.arange(size)
    place = index // inner % channels * groups + (index // (channels * inner) * inner + index % inner) // group
    if kinds == 0 and integers is not None:
        codes = (codes + integers[place] - least) % len(levels)
    with np.errstate(over="ignore"):
        return elements(kind, ((levels[codes] - zeros[place]) * scales[place]).astype(np.float32))


def grid_weights(decoder, cursor, n):
    kind, size = count(cursor, n)
    payload = Cursor(cursor.rest())
    _, weights = grid(payload, size, decoder.plane)
    return elements(kind, weights.astype(np.float32))


def factor(decoder, cursor, rank, length):
    form = cursor.number(1)
    check(form < 3, f"factor of kind {form}")
    if form < 2:
        return singles(decoder, cursor, rank * length, form, range(8)).reshape(rank, length)
    scales = singles(decoder, cursor, rank, 0, range(8))
    codes = np.frombuffer(nested(decoder, cursor, rank * length, range(8)), np.int8)
    return codes.reshape(rank, length).astype(np.float32) * scales[:, None]


def low_rank(decoder, cursor, n):
    kind, size = count(cursor, n)
    rows, columns, rank = (cursor.number(4) for _ in range(3))
    check(rows * columns == size and size and (rows + columns) * rank <= size, "shape of a low-rank block")
    left, right = factor(decoder, cursor, rank, rows), factor(decoder, cursor, rank, columns)
    matrix = np.zeros((rows, columns), np.float32)
    for row, column in zip(left, right):
        matrix += row[:, None] * column
    extra = cursor.number(4)
    check(extra <= size, f"{extra} corrections")
    values = singles(decoder, cursor, extra, 0, range(8))
    gaps = np.frombuffer(nested(decoder, cursor, 4 * extra), "<u4").astype(np.int64)
    places = np.cumsum(gaps + 1) - 1
    check((places < size).all(), "a correction beyond the matrix")
    flat = matrix.reshape(-1)
    flat[places] += values
    check(np.isfinite(flat).all(), "a weight that is not finite")
    return elements(kind, flat)
