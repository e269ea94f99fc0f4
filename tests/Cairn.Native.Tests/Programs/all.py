"""Runs files of unittest, each in a process of its own, all at once. PyTorch is imported before they part: that is half the work of most.

all.py FOLDER FILE...    what each says is in FILE.log; prints the names of those that failed, and ends with 1 then
"""

import ctypes
import importlib.util
import os
import signal
import sys
import traceback
import unittest

PR_SET_PDEATHSIG = 1  # prctl(2)


def run(file: str) -> int:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    said = os.open(file + ".log", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.dup2(said, 1)
    os.dup2(said, 2)
    try:
        return 0 if unittest.main(module=file, argv=[file], exit=False).result.wasSuccessful() else 1
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def main(folder: str, files: list[str]) -> int:
    sys.path.insert(0, folder)
    if importlib.util.find_spec("torch") is not None:
        import torch  # noqa: F401
    running = {}
    for file in files:
        if child := os.fork():
            running[child] = file
        else:
            os._exit(run(file))
    failed = [file for child, file in running.items() if os.waitpid(child, 0)[1] != 0]
    print("failed:", *failed)
    return 1 if failed else 0


if __name__ == "__main__":  # what a test spawns imports this
    sys.exit(main(sys.argv[1], sys.argv[2:]))
