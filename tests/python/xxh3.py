"""XXH3-64 and XXH3-128 with seed 0 and the default secret, from the xxHash specification."""

import numpy as np

SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221b8084674f743248e"
    "e03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8a8fa763fe39c343ff9dcbbc7c70b4f1d8a"
    "51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8f"
    "f8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e"
)
MASK = (1 << 64) - 1
P32_1, P32_2, P32_3 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D
P64_1, P64_2, P64_3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
P64_4, P64_5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5


def read32(data, at):
    return int.from_bytes(data[at : at + 4], "little")


def read64(data, at):
    return int.from_bytes(data[at : at + 8], "little")


def key(at):
    return read64(SECRET, at) ^ read64(SECRET, at + 8)


def swap64(x):
    return int.from_bytes(x.to_bytes(8, "little"), "big")


def rotate(x, count):
    return (x << count | x >> (64 - count)) & MASK


def fold(a, b):
    product = a * b
    return (product & MASK) ^ (product >> 64)


def avalanche(h):
    h = (h ^ h >> 37) * 0x165667919E3779F9 & MASK
    return h ^ h >> 32


def avalanche_xxh64(h):
    h = (h ^ h >> 33) * P64_2 & MASK
    h = (h ^ h >> 29) * P64_3 & MASK
    return h ^ h >> 32


def mix16(data, at, secret):
    return fold(read64(data, at) ^ read64(SECRET, secret), read64(data, at + 8) ^ read64(SECRET, secret + 8))


def accumulate(data):
    """The eight lanes of the long form. Only scrambling depends on earlier blocks, so the sums are taken at once."""
    n = len(data)
    words = np.frombuffer(data, "<u8", n // 8)
    secret = np.frombuffer(b"".join(SECRET[8 * i : 8 * i + 64] for i in range(16)), "<u8").reshape(16, 8)
    low = np.uint64(0xFFFFFFFF)

    def sums(stripes, keys):
        mixed = stripes ^ keys
        products = (mixed & low) * (mixed >> np.uint64(32))
        return (products + stripes[..., [1, 0, 3, 2, 5, 4, 7, 6]]).sum(-2, dtype=np.uint64)

    blocks, last_key = (n - 1) // 1024, np.frombuffer(SECRET[128:], "<u8")
    acc = np.array([P32_3, P64_1, P64_2, P64_3, P64_4, P32_2, P64_5, P32_1], np.uint64)
    for block in sums(words[: blocks * 128].reshape(blocks, 16, 8), secret):
        acc = acc + block
        acc = (acc ^ acc >> np.uint64(47) ^ last_key) * np.uint64(P32_1)
    stripes = (n - 1 - 1024 * blocks) // 64
    acc = acc + sums(words[blocks * 128 : blocks * 128 + stripes * 8].reshape(stripes, 8), secret[:stripes])
    return acc + sums(np.frombuffer(data[-64:], "<u8").reshape(1, 8), np.frombuffer(SECRET[121:185], "<u8"))


def merge(acc, secret, start):
    lanes = [int(a) ^ read64(SECRET, secret + 8 * i) for i, a in enumerate(acc)]
    return avalanche((start + sum(fold(lanes[i], lanes[i + 1]) for i in (0, 2, 4, 6))) & MASK)


def xxh3_64(data):
    data = bytes(data)
    n = len(data)
    if n > 240:
        return merge(accumulate(data), 11, n * P64_1 & MASK)
    if n > 128:
        acc = avalanche((n * P64_1 + sum(mix16(data, 16 * i, 16 * i) for i in range(8))) & MASK)
        acc += sum(mix16(data, 16 * i, 16 * (i - 8) + 3) for i in range(8, n // 16))
        return avalanche((acc + mix16(data, n - 16, 119)) & MASK)
    if n > 16:
        acc = n * P64_1
        for i in range((n - 1) // 32 + 1):
            acc += mix16(data, 16 * i, 32 * i) + mix16(data, n - 16 - 16 * i, 32 * i + 16)
        return avalanche(acc & MASK)
    if n > 8:
        low, high = read64(data, 0) ^ key(24), read64(data, n - 8) ^ key(40)
        return avalanche((n + swap64(low) + high + fold(low, high)) & MASK)
    if n > 3:
        h = (read32(data, n - 4) + (read32(data, 0) << 32)) ^ key(8)
        h = (h ^ rotate(h, 49) ^ rotate(h, 24)) * 0x9FB21C651E98DF25 & MASK
        h = (h ^ (h >> 35) + n) * 0x9FB21C651E98DF25 & MASK
        return h ^ h >> 28
    if n > 0:
        combined = data[0] << 16 | data[n >> 1] << 24 | data[n - 1] | n << 8
        return avalanche_xxh64(combined ^ read32(SECRET, 0) ^ read32(SECRET, 4))
    return avalanche_xxh64(key(56))


def xxh3_128(data):
    data = bytes(data)
    n = len(data)
    if n > 240:
        acc = accumulate(data)
        return merge(acc, 11, n * P64_1 & MASK) | merge(acc, 117, ~(n * P64_2) & MASK) << 64
    if n > 16:
        low, high = n * P64_1 & MASK, 0

        def mix32(first, second, secret):
            nonlocal low, high
            low = low + mix16(data, first, secret) & MASK
            low ^= read64(data, second) + read64(data, second + 8) & MASK
            high = high + mix16(data, second, secret + 16) & MASK
            high ^= read64(data, first) + read64(data, first + 8) & MASK

        if n > 128:
            for i in range(4):
                mix32(32 * i, 32 * i + 16, 32 * i)
            low, high = avalanche(low), avalanche(high)
            for i in range(4, n // 32):
                mix32(32 * i, 32 * i + 16, 3 + 32 * (i - 4))
            mix32(n - 16, n - 32, 103)
        else:
            for i in reversed(range((n - 1) // 32 + 1)):
                mix32(16 * i, n - 16 - 16 * i, 32 * i)
        last = -avalanche((low * P64_1 + high * P64_4 + n * P64_2) & MASK) & MASK
        return avalanche((low + high) & MASK) | last << 64
    if n > 8:
        product = (read64(data, 0) ^ read64(data, n - 8) ^ key(32)) * P64_1
        low, high = (product + ((n - 1) << 54)) & MASK, product >> 64
        tail = read64(data, n - 8) ^ key(48)
        high = (high + tail + (tail & 0xFFFFFFFF) * (P32_2 - 1)) & MASK
        product = (low ^ swap64(high)) * P64_2
        return avalanche(product & MASK) | avalanche((product >> 64) + high * P64_2 & MASK) << 64
    if n > 3:
        product = ((read32(data, 0) + (read32(data, n - 4) << 32)) ^ key(16)) * (P64_1 + (n << 2))
        low, high = product & MASK, product >> 64
        high = (high + (low << 1)) & MASK
        low ^= high >> 3
        low = (low ^ low >> 35) * 0x9FB21C651E98DF25 & MASK
        return low ^ low >> 28 | avalanche(high) << 64
    if n > 0:
        combined = data[0] << 16 | data[n >> 1] << 24 | data[n - 1] | n << 8
        swapped = int.from_bytes(combined.to_bytes(4, "little"), "big")
        swapped = (swapped << 13 | swapped >> 19) & 0xFFFFFFFF
        low = avalanche_xxh64(combined ^ read32(SECRET, 0) ^ read32(SECRET, 4))
        return low | avalanche_xxh64(swapped ^ read32(SECRET, 8) ^ read32(SECRET, 12)) << 64
    return avalanche_xxh64(key(64)) | avalanche_xxh64(key(80)) << 64
