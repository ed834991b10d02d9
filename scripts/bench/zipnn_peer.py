"""Times ZipNN and zstd, one thread each, on a file of raw weights: zipnn_peer.py FILE FORM TIMES ZSTD_LEVEL.

Prints one line of JSON: for each peer its name, the bytes before and after, and the seconds of the best run, by the clock and of the processor.
"""

import json
import sys
import time

import zipnn
import zstandard

DTYPES = {"bf16": "bfloat16", "fp16": "float16", "fp32": "float32"}


def best_of(times, prepare, work):
    """The least time of `work` by the clock and of the processor, over fresh inputs from `prepare`; its last result."""
    best = {"seconds": float("inf"), "cpu": float("inf")}
    result = None
    for _ in range(times):
        prepared = prepare()
        started = (time.perf_counter(), time.process_time())
        result = work(prepared)
        ended = (time.perf_counter(), time.process_time())
        best["seconds"] = min(best["seconds"], ended[0] - started[0])
        best["cpu"] = min(best["cpu"], ended[1] - started[1])
    return best, result


def measure(name, raw, times, compress, decompress):
    # ZipNN reorders the bits of a bytearray where it lies, so every run gets a copy, made outside the clock.
    encode, compressed = best_of(times, lambda: bytearray(raw), compress)
    decode, restored = best_of(times, lambda: compressed, decompress)
    if bytes(restored) != raw:
        sys.exit(f"{name} did not give the same bytes back")
    return {"name": name, "bytes": len(raw), "compressed": len(compressed), "encode": encode, "decode": decode}


def main():
    path, form, times, level = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    with open(path, "rb") as file:
        raw = file.read()
    codec = zipnn.ZipNN(input_format="byte", bytearray_dtype=DTYPES[form], threads=1)
    packer, unpacker = zstandard.ZstdCompressor(level=level), zstandard.ZstdDecompressor()
    print(
        json.dumps(
            [
                measure("ZipNN 0.5.4 (native)", raw, times, codec.compress, codec.decompress),
                measure(f"zstd -{level} (native)", raw, times, packer.compress, unpacker.decompress),
            ]
        )
    )


main()
