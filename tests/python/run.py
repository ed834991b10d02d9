"""Runs the Python tests in an environment of their own, which it makes on first use.

    python3 tests/python/run.py

The environment is kept in ${XDG_CACHE_HOME:-~/.cache}/tensorpress/python-<key>, where the key changes with Python's
version and the pinned packages. Where it cannot be made (no network, no venv module) the tests are skipped, in a line
that says so.
"""

import hashlib
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
REQUIREMENTS = os.path.join(HERE, "requirements.txt")
# Large packages that a few tests compare with; where they cannot be had those tests are skipped.
OPTIONAL = os.path.join(HERE, "requirements-optional.txt")
OLDEST = (3, 10)


def environment():
    """The folder that belongs to this Python and these packages."""
    digest = hashlib.sha256(sys.version.encode())
    for path in (REQUIREMENTS, OPTIONAL):
        with open(path, "rb") as file:
            digest.update(file.read())
    key = digest.hexdigest()[:12]
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(cache, "tensorpress", f"python-{key}")


def prepare(folder):
    """Makes the environment unless it is complete; returns its interpreter."""
    python = os.path.join(folder, "Scripts" if os.name == "nt" else "bin", "python")
    complete = os.path.join(folder, "complete")
    if os.path.exists(complete):
        return python
    print(f"python: making {folder}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True, "timeout": 300}
    subprocess.run([sys.executable, "-m", "venv", folder], **quiet)
    limits = ["--disable-pip-version-check", "--timeout", "20", "--retries", "1"]
    install = [python, "-m", "pip", "install", "--quiet", *limits, "-r"]
    subprocess.run([*install, REQUIREMENTS], **quiet)
    try:
        subprocess.run([*install, OPTIONAL], **quiet)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        # Not tried again, for it takes long to fail: removing the folder begins anew.
        print(f"python: without the packages of requirements-optional.txt: {error}", flush=True)
    with open(complete, "w"):
        pass
    return python


def skip(why):
    print(f"SKIPPED: the Python tests: {why}")
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)


def main():
    if sys.version_info < OLDEST:
        skip(f"Python {sys.version.split()[0]} is older than {'.'.join(map(str, OLDEST))}")
    try:
        python = prepare(environment())
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or "").strip().splitlines() or [str(error)]
        skip(f"no environment with the packages of requirements.txt: {lines[-1]}")
    except (subprocess.TimeoutExpired, OSError) as error:
        skip(f"no environment with the packages of requirements.txt: {error}")
    sys.exit(subprocess.run([python, os.path.join(HERE, "discover.py")], check=False).returncode)


if __name__ == "__main__":
    main()
