"""How long a training script in Python waits for a save, and how long until it is durable, beside what others need for the same state on the same disk, and beside
what the machine allows: all in the same rounds.

    benchmarks/python/saves.py [--megabytes 151 605] [--rounds 9] [--folder FOLDER]

Needs PyTorch and the package (in a checkout PYTHONPATH=python and LIBCAIRN). The state is twelve linear layers with AdamW, changed by a real step of the
optimizer before each save. dcp.async_save and safetensors are measured where they are installed.
"""

import argparse
import ctypes
import math
import mmap
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time

import cairn
import torch

PIECE = 4 << 20
LAYERS = 12

# What is measured, by its name: seconds.
COPY, BARE = "limit: copy of the state by two threads", "limit: bare direct-I/O loop into a new file"
TORCH, ASYNC, OVERLAPPED, SYNC = "torch.save with fsync", "cairn, asynchronous", "cairn, overlapped", "cairn, synchronous"
DCP, SAFETENSORS = "dcp.async_save", "safetensors with fsync"

GOALS = [
    ("stall, asynchronous / copy", "<=", 1.5, lambda t: t[ASYNC][0] / t[COPY][0]),
    ("stall, overlapped / copy", "<=", 0.2, lambda t: t[OVERLAPPED][0] / t[COPY][0]),
    ("torch.save with fsync / stall, asynchronous", ">=", 6, lambda t: t[TORCH][0] / t[ASYNC][0]),
    ("the same for the copy: what this memory allows", "", 0, lambda t: t[TORCH][0] / t[COPY][0]),
    ("durable: torch.save with fsync / asynchronous", ">=", 2, lambda t: t[TORCH][1] / t[ASYNC][1]),
    ("the same for the bare loop: what this disk allows", "", 0, lambda t: t[TORCH][1] / t[BARE][1]),
    ("durable: bare loop / asynchronous", ">=", 0.85, lambda t: t[BARE][1] / t[ASYNC][1]),
    ("durable: bare loop / synchronous", ">=", 0.85, lambda t: t[BARE][1] / t[SYNC][1]),
]


class Training:
    """The state, and a step that changes all of it."""

    def __init__(self, megabytes):
        width = int(math.sqrt(megabytes * 1e6 / (3 * LAYERS * 4)))
        self.model = torch.nn.Sequential(*[torch.nn.Linear(width, width, bias=False) for _ in range(LAYERS)])
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-4)
        self.gradients = [torch.full_like(parameter, 1e-3) for parameter in self.model.parameters()]
        self.inputs = torch.randn(64, width)
        self.step()
        self.bytes = 3 * LAYERS * 4 * width * width

    def step(self):
        """The optimizer's. Behind it there are no gradients, which would belong to the state."""
        for parameter, gradient in zip(self.model.parameters(), self.gradients):
            parameter.grad = gradient
        self.optimizer.step()
        for parameter in self.model.parameters():
            parameter.grad = None

    def forward_and_backward(self, seconds):
        """What a step does before its optimizer's: so long at least."""
        until = time.perf_counter() + seconds
        while True:
            with torch.no_grad():
                self.model(self.inputs)
            if time.perf_counter() >= until:
                return

    def state(self):
        return {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}

    def tensors(self):
        moments = {"{}.{}".format(i, key): one for i, state in self.optimizer.state_dict()["state"].items() for key, one in state.items()}
        return {**self.model.state_dict(), **{key: torch.as_tensor(one) for key, one in moments.items()}}


class Limits:
    """Bare loops over memory of the state's size, which was touched before."""

    def __init__(self, folder, size):
        self.path, self.size = os.path.join(folder, "bare"), -(-size // PIECE) * PIECE
        self.source, self.target = mmap.mmap(-1, self.size), mmap.mmap(-1, self.size)
        for memory in (self.source, self.target):
            for at in range(0, self.size, PIECE):
                memory[at : at + PIECE] = os.urandom(4096) * (PIECE // 4096)

    def copy(self):
        source, target = (ctypes.addressof(ctypes.c_char.from_buffer(memory)) for memory in (self.source, self.target))
        half = self.size // 2
        began = time.perf_counter()
        together(2, lambda i: ctypes.memmove(target + i * half, source + i * half, half))
        return time.perf_counter() - began

    def write(self):
        view = memoryview(self.source)
        began = time.perf_counter()
        file = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_DIRECT", 0))
        try:
            os.posix_fallocate(file, 0, self.size)
            pieces = iter(range(0, self.size, PIECE))
            lock = threading.Lock()

            def write(_):
                while True:
                    with lock:
                        at = next(pieces, None)
                    if at is None:
                        return
                    os.pwrite(file, view[at : at + PIECE], at)

            together(4, write)
            os.fsync(file)
        finally:
            os.close(file)
        seconds = time.perf_counter() - began
        os.remove(self.path)
        return seconds


def together(count, work):
    threads = [threading.Thread(target=work, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Cairn:
    """A run that saves when it is asked to. Gives how long the loop waits, and how long until the checkpoint is there."""

    def __init__(self, training, folder, mode):
        self.training, self.folder, self.mode = training, folder, mode
        self.run = cairn.Run(folder, save=cairn.never(), keep=cairn.keep_last(2), mode=mode)
        self.run.track(model=training.model, optimizer=training.optimizer)
        self.steps = self.run.steps(1 << 40)
        self.step = next(self.steps)
        self.gate()
        for _ in range(4):
            self.save()  # its memory is touched by then, and the first overlapped ones are compared to the last byte

    def gate(self):
        if self.mode == "overlapped":
            self.run.before_optimizer_step()

    def save(self):
        self.training.step()
        self.run.save_at_boundary()
        path = os.path.join(self.folder, "step-{:010}".format(self.step + 1))
        began = time.perf_counter()
        self.step = next(self.steps)
        waited = time.perf_counter() - began
        if self.mode == "overlapped":
            self.training.forward_and_backward(8 * Cairn.copy)
            before = time.perf_counter()
            self.run.before_optimizer_step()
            waited += time.perf_counter() - before
        while not os.path.exists(path):
            time.sleep(0.0005)
        durable = time.perf_counter() - began
        self.step = next(self.steps)  # what came of the save is collected
        self.gate()
        return waited, durable


def torch_save(training, folder):
    path = os.path.join(folder, "torch.pt")
    began = time.perf_counter()
    with open(path, "wb") as file:
        torch.save(training.state(), file)
        file.flush()
        os.fsync(file.fileno())
    seconds = time.perf_counter() - began
    os.remove(path)
    return seconds, seconds


def safetensors_save(training, folder):
    from safetensors.torch import save_file

    path = os.path.join(folder, "state.safetensors")
    began = time.perf_counter()
    save_file(training.tensors(), path)
    with open(path, "rb") as file:
        os.fsync(file.fileno())
    seconds = time.perf_counter() - began
    os.remove(path)
    return seconds, seconds


def dcp_save(training, folder):
    import torch.distributed.checkpoint as dcp

    path = os.path.join(folder, "dcp")
    began = time.perf_counter()
    saved = dcp.async_save(training.state(), checkpoint_id=path)
    waited = time.perf_counter() - began
    saved.result()
    durable = time.perf_counter() - began
    shutil.rmtree(path)
    return waited, durable


def others():
    """Those that are there."""
    there = {TORCH: torch_save}
    try:
        from safetensors.torch import save_file  # noqa: F401

        there[SAFETENSORS] = safetensors_save
    except ImportError:
        print("(safetensors is not installed)")
    try:
        from torch.distributed.checkpoint import async_save  # noqa: F401

        there[DCP] = dcp_save
    except ImportError:
        print("(this PyTorch has no dcp.async_save)")
    return there


def measure(megabytes, rounds, folder):
    training = Training(megabytes)
    limits = Limits(folder, training.bytes)
    Cairn.copy = min(limits.copy() for _ in range(3))
    runs = {name: Cairn(training, os.path.join(folder, mode), mode) for name, mode in (
        (ASYNC, "asynchronous"), (OVERLAPPED, "overlapped"), (SYNC, "synchronous"))}  # fmt: skip
    competitors, times = others(), []
    for number in range(rounds + 1):
        this = {}
        for name in [COPY, BARE, *runs, *competitors]:
            os.sync()  # or everyone pays for who went before
            if name == COPY:
                this[name] = limits.copy(), None
            elif name == BARE:
                this[name] = None, limits.write()
            elif name in runs:
                this[name] = runs[name].save()
            else:
                training.step()
                this[name] = competitors[name](training, folder)
        if number > 0:  # the first warms everything up
            times.append(this)
    for one in runs.values():
        one.run.close()
    return training.bytes, times


def report(size, times):
    print("\n{:.0f} MB, {} rounds: milliseconds, median [quartiles]\n".format(size / 1e6, len(times)))
    print("{:55} {:>22} {:>22}".format("", "the loop waits", "durable"))
    for name in times[0]:
        print(
            "{:55} {:>22} {:>22}".format(name, *(spread([1e3 * one[name][k] for one in times if one[name][k] is not None]) for k in (0, 1)))
        )
    print("\n{:55} {:>22} {:>8}".format("", "", "goal"))
    for name, sign, goal, ratio in GOALS:
        values = [ratio(one) for one in times]
        low, _, high = statistics.quantiles(values, n=4)
        met = "" if not sign else "" if (high <= goal if sign == "<=" else low >= goal) else "missed" if (
            low > goal if sign == "<=" else high < goal) else "unclear"  # fmt: skip
        print("{:55} {:>22} {:>8} {}".format(name, spread(values), sign + str(goal) if sign else "", met))


def spread(values):
    if not values:
        return ""
    low, middle, high = statistics.quantiles(values, n=4)
    return "{:.3g} [{:.3g}, {:.3g}]".format(middle, low, high)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--megabytes", type=int, nargs="+", default=[151, 605])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--folder", default=".", help="on the disk that is measured")
    options = parser.parse_args()
    print("PyTorch {}, Python {}, {} cores, a load of {} at the begin".format(
        torch.__version__, sys.version.split()[0], os.cpu_count(), os.getloadavg()[0]))  # fmt: skip
    for megabytes in options.megabytes:
        folder = tempfile.mkdtemp(prefix="cairn-saves-", dir=options.folder)
        try:
            report(*measure(megabytes, options.rounds, folder))
        finally:
            shutil.rmtree(folder)
    print("\na load of {} at the end".format(os.getloadavg()[0]))


if __name__ == "__main__":
    main()
