"""Plays trainings uncut, then cut at given places, and says how each attempt ended and what is different in the end.

A line of standard input is one: {"path": [...], "program": MODULE, "folder": ..., "scenario": {"cuts": [["USR2", 13], ...], ...}}. Each attempt is a process
of its own, forked from this one, which has loaded torch and nothing of Cairn.
"""

import importlib
import json
import os
import signal
import socket
import sys
import traceback

import torch

torch.set_num_threads(1)


class Attempt:
    """What a training program says: a line for each piece of work. At the place of a cut the process is sent its signal before that work is done."""

    def __init__(self, log, cut):
        self._log, self._cut, self._count = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), cut, 0
        self._rank = ["rank", os.environ["RANK"]] if "RANK" in os.environ else []

    def tell(self, *words):
        os.write(self._log, (" ".join(str(word) for word in (*self._rank, *words)) + "\n").encode())
        self.work()

    def work(self):
        self._count += 1
        if self._cut is not None and self._count == self._cut[1]:
            os.kill(os.getpid(), getattr(signal, "SIG" + self._cut[0]))


def attempt(play, folder, cut):
    """All ranks of one; the last of them is cut. The first exit code that is none of success."""
    ranks = play["scenario"].get("ranks", 1)
    port = free_port()
    children = [start(play, folder, cut if rank == ranks - 1 else None, rank, ranks, port) for rank in range(ranks)]
    statuses = [os.waitpid(child, 0)[1] for child in children]
    codes = [128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status) for status in statuses]
    return next((code for code in codes if code != 0), 0)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def start(play, folder, cut, rank, ranks, port):
    child = os.fork()
    if child != 0:
        return child
    code = 70
    signal.alarm(300)  # a hang ends, and fails
    try:
        if ranks > 1:
            os.environ.update(
                RANK=str(rank), WORLD_SIZE=str(ranks), LOCAL_RANK=str(rank), MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), USE_LIBUV="0"
            )  # without it Debian 13 builds PyTorch
        sys.path[:0] = play["path"]
        importlib.import_module(play["program"]).train(folder, Attempt(folder + ".log", cut), play["scenario"])
        code = 0
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:
        traceback.print_exc()
    sys.stderr.flush()
    os._exit(code)


def last_said(folder):
    """The last line of each piece of work: what a kill took is done again."""
    if not os.path.exists(folder + ".log"):
        return {}
    with open(folder + ".log") as file:
        lines = [line.rstrip("\n").rpartition(" ") for line in file]
    return {work: value for work, _, value in lines}


def main():
    for line in sys.stdin:
        play = json.loads(line)
        folder = play["folder"]
        codes = [attempt(play, folder + "-straight", None)] + [
            attempt(play, folder + "-cut", cut) for cut in play["scenario"]["cuts"] + [None]
        ]
        straight, cut = last_said(folder + "-straight"), last_said(folder + "-cut")
        other = [work for work in straight if cut.get(work) != straight[work]] + [work for work in cut if work not in straight]
        print(json.dumps({"codes": codes, "said": len(straight), "other": other}), flush=True)


main()
