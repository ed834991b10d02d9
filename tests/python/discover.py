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
    print(f"{result.testsRun - len(failed)} passed, {len(failed)} failed")
    sys.exit(bool(failed))
