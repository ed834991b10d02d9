"""Runs all tests of this folder; the last line is one that scripts/lib/counts.mjs reads."""

import io
import os
import sys
import unittest

if __name__ == "__main__":
    suite = unittest.defaultTestLoader.discover(os.path.dirname(os.path.abspath(__file__)))
    stream = io.StringIO()
    result = unittest.TextTestRunner(stream=stream).run(suite)
    failed = {test.id().split(" ")[0] for test, _ in result.failures + result.errors}
    if failed:
        print(stream.getvalue())
    for test, why in result.skipped:
        print(f"SKIPPED: {test.id()}: {why}")
    skipped = f", {len(result.skipped)} skipped" if result.skipped else ""
    print(f"{result.testsRun - len(failed) - len(result.skipped)} passed, {len(failed)} failed{skipped}")
    sys.exit(bool(failed))
