"""What a machine with a GPU has to show: the callbacks with the real packages, and what a save costs there.

    PYTHONPATH=python LIBCAIRN=.../libcairn.so python3 python/tests/gpu.py [--megabytes 600] [--seconds 420] [--folder FOLDER]

Each part is a process of its own and says in a line what it found; what is not installed, and the device where there is none, is skipped aloud. Made for
PyTorch 2.11, Lightning 2.6, Transformers 5, accelerate 1, JAX and safetensors; older ones are played as far as they go. What costs time is measured first, one
after another; the programs of the pages are played side by side. It ends with code 1 where a part has failed.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
DOCS = os.path.join(HERE, "..", "..", "docs")


def device():
    import torch

    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def versions():
    found = []
    for name in ("torch", "lightning", "pytorch_lightning", "transformers", "accelerate", "safetensors", "jax", "numpy"):
        try:
            found.append("{} {}".format(name, __import__(name).__version__))
        except Exception as error:
            found.append("no {} ({})".format(name, type(error).__name__))
    import torch

    found.append(
        "device " + (torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU ALONE: what is said below says nothing of CUDA")
    )
    return "; ".join(found)


# ---- what a save costs ----


def make(megabytes, rows=64):
    """A model with AdamW whose states come to so many megabytes, and a function that does a step."""
    import torch

    width, where = 1024, device()
    layers = max(1, round(megabytes * 1e6 / (12 * (width * width + width))))
    model = torch.nn.Sequential(*[torch.nn.Linear(width, width) for _ in range(layers)]).to(where)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    inputs = torch.randn(rows, width, device=where)

    def step(before=lambda: None):
        optimizer.zero_grad()
        model(inputs).square().mean().backward()
        before()
        optimizer.step()

    return model, optimizer, step


def make_many(_):
    """The same of 10,000 tensors of 4 KB."""
    import torch

    model = torch.nn.ParameterList([torch.nn.Parameter(torch.zeros(1024)) for _ in range(3334)]).to(device())
    for one in model:
        one.grad = torch.ones_like(one)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    return model, optimizer, optimizer.step


def synchronize():
    import torch

    if torch.cuda.is_available():
        torch.cuda.synchronize()


def measured(work):
    synchronize()
    begun = time.perf_counter()
    result = work()
    synchronize()
    return (time.perf_counter() - begun) * 1000, result


def median(numbers):
    return sorted(numbers)[len(numbers) // 2]


def cost_cairn(folder, megabytes, mode, make=make):
    """How much longer a boundary with a save takes, and after how long it is durable (its directory has its name)."""
    import cairn

    model, optimizer, step = make(megabytes)
    run = cairn.Run(folder, save=cairn.never(), mode=mode)
    run.track(model=model, optimizer=optimizer)
    done, stalls, durable = run.restore(), [], []
    for i in range(24):
        measured(step)
        done += 1
        is_saved = i % 4 == 3
        if is_saved:
            run.save_at_boundary()
        begun = time.perf_counter()
        stall, _ = measured(lambda: run.boundary(done))
        if is_saved and i > 3:  # the first touches its memory
            stalls.append(stall)
            durable.append(until_durable(run, done, begun))
    step()
    run.boundary(done + 1, last=True)
    run.finish()
    return stalls, durable


def until_durable(run, done, begun):
    wanted = os.path.join(run.folder, "step-{:010d}".format(done))
    while not os.path.isdir(wanted) and time.perf_counter() - begun < 60:
        time.sleep(0.001)
    return (time.perf_counter() - begun) * 1000


def cost_overlapped(folder, megabytes):
    """How much longer a boundary and the step behind it take with a save than without; the step takes longer than the copy does."""
    import cairn

    model, optimizer, step = make(megabytes, 64 if device().type == "cpu" else 16384)
    run = cairn.Run(folder, save=cairn.never(), mode="overlapped")
    run.track(model=model, optimizer=optimizer)
    run.restore()
    step(run.before_optimizer_step)
    done, times, durable = 1, {True: [], False: []}, []
    for i in range(40):
        is_saved = i % 4 == 3
        if is_saved:
            run.save_at_boundary()
        begun = time.perf_counter()

        def both():
            run.boundary(done)
            step(run.before_optimizer_step)

        took, _ = measured(both)
        done += 1
        if i > 15:  # the first three check every byte
            times[is_saved].append(took)
        if is_saved:
            durable.append(until_durable(run, done - 1, begun))
    run.boundary(done, last=True)
    run.finish()
    without = median(times[False])
    return [max(0, one - without) for one in times[True]], durable[4:]


def synced(path):
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def cost_torch_save(folder, megabytes, make=make):
    import torch

    model, optimizer, step = make(megabytes)
    path, stalls = os.path.join(folder, "state.pt"), []
    os.makedirs(folder)
    for _ in range(5):
        measured(step)
        stalls.append(
            measured(lambda: (torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, path), synced(path)))[0]
        )
    return stalls[1:], stalls[1:]


def cost_async_save(folder, megabytes):
    import copy

    import torch
    import torch.distributed.checkpoint as dcp

    if not hasattr(dcp, "async_save"):
        raise ImportError("torch.distributed.checkpoint has no async_save")
    model, optimizer, step = make(megabytes)
    stalls, durable = [], []
    torch.distributed.init_process_group("gloo", init_method="file://" + folder + "-store", rank=0, world_size=1)
    for i in range(5):
        measured(step)
        begun = time.perf_counter()

        def save():
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
            # On the CPU it copies nothing, and what trains on would be in it.
            return dcp.async_save(copy.deepcopy(state) if device().type == "cpu" else state, checkpoint_id=os.path.join(folder, str(i)))

        stall, future = measured(save)
        future.result()
        stalls.append(stall)
        durable.append((time.perf_counter() - begun) * 1000)
    torch.distributed.destroy_process_group()
    return stalls[1:], durable[1:]


def cost_safetensors(folder, megabytes):
    from safetensors.torch import save_file

    model, optimizer, step = make(megabytes)
    path, stalls = os.path.join(folder, "state.safetensors"), []
    os.makedirs(folder)
    for _ in range(5):
        measured(step)

        def save():
            tensors = {"model." + name: one.contiguous() for name, one in model.state_dict().items()}
            for i, state in optimizer.state_dict()["state"].items():
                tensors.update({"optimizer.{}.{}".format(i, name): one.contiguous() for name, one in state.items()})
            save_file(tensors, path)
            synced(path)

        stalls.append(measured(save)[0])
    return stalls[1:], stalls[1:]


COSTS = {
    "cairn asynchronous": lambda folder, megabytes: cost_cairn(folder, megabytes, "asynchronous"),
    "cairn synchronous": lambda folder, megabytes: cost_cairn(folder, megabytes, "synchronous"),
    "cairn overlapped": cost_overlapped,
    "torch.save + fsync": cost_torch_save,
    "dcp.async_save": cost_async_save,
    "safetensors + fsync": cost_safetensors,
    "cairn, 10,000 tensors": lambda folder, megabytes: cost_cairn(folder, megabytes, "asynchronous", make_many),
    "torch.save of those": lambda folder, megabytes: cost_torch_save(folder, megabytes, make_many),
}


def saved(checkpoint):
    """The hashes of a checkpoint's payloads."""
    hashes = {}
    for name in os.listdir(checkpoint):
        if name.endswith(".safetensors"):
            with open(os.path.join(checkpoint, name), "rb") as file:
                hashes[name] = hashlib.sha256(file.read()).hexdigest()
    return hashes


PLACES = "what is on the device"


def places(folder):
    """A sum of gradients, a moving average in a dictionary that is made late, and a generator, all on the device: saved in each mode, at each step, these are
    the same bytes; cut they go on there, to the bit; and what changes parameters while they are copied is found."""
    import random

    import cairn
    import torch

    def train(kind, mode, stop_after=None, spoils=None):
        random.seed(4), torch.manual_seed(5)
        where = device()
        model = torch.nn.Sequential(torch.nn.Linear(64, 2048), torch.nn.BatchNorm1d(2048), torch.nn.Linear(2048, 1024)).to(where)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, **({"fused": True} if where.type == "cuda" else {}))
        average, numbers = {"of": {}}, torch.Generator(where).manual_seed(7)
        with cairn.Run(
            os.path.join(folder, kind), save=cairn.every(steps=1), keep=cairn.keep_all(), when_still_saving="wait", mode=mode
        ) as run:
            run.track(model=model, optimizer=optimizer, average=average, numbers=numbers)
            for step in run.steps(12):
                inputs = torch.randn(8, 64, device=where) + torch.randn(8, 64, generator=numbers, device=where)
                model(inputs).square().mean().backward()
                if step == spoils:
                    with torch.no_grad():
                        model[0].weight.add_(1)
                run.before_optimizer_step()
                if step % 3 == 2:
                    optimizer.step()
                    optimizer.zero_grad()
                for name, one in model.state_dict().items():
                    average["of"][name] = 0.9 * average["of"].get(name, one) + 0.1 * one
                if step + 1 == stop_after:
                    run.request_stop("half of it")
            is_registered = [one.registered for one in run._devices._used]
            run.finish(exit=False)
        if where.type == "cuda" and mode != "synchronous" and is_registered != [True]:
            raise RuntimeError("memory that is registered: {}".format(is_registered))
        return [*model.state_dict().values(), *average["of"].values()]

    torch.use_deterministic_algorithms(True)
    straight = train("synchronous", "synchronous")
    for mode in ("asynchronous", "overlapped"):
        train(mode, mode)
        for step in range(1, 13):
            one, other = (saved(os.path.join(folder, which, "step-{:010d}".format(step))) for which in ("synchronous", mode))
            if not one or one != other:
                return "FAILED: what {} saves at step {} has other bytes in {}".format(
                    mode, step, [name for name in one if one[name] != other.get(name)]
                )
        train("cut " + mode, mode, 7)
        cut = train("cut " + mode, mode)
        if [one.device for one in straight] != [one.device for one in cut]:
            return "FAILED: it is on {} then".format({str(one.device) for one in cut})
        if not all(torch.equal(*pair) for pair in zip(straight, cut)):
            return "FAILED: other bytes"
    try:
        train("spoiled", "overlapped", spoils=8)
    except cairn.MisuseError as error:
        return "EQUAL BYTES" if "0.weight" in str(error) else "FAILED: {}".format(error)
    return "FAILED: a change of parameters while they were copied was not found"


def cost(name, folder, megabytes):
    if name == PLACES:
        return places(folder)
    try:
        stalls, durable = COSTS[name](folder, megabytes)
    except ImportError as error:
        return "SKIPPED: {}".format(error)
    return "the loop waits {:.0f} ms ({:.0f} to {:.0f}), durable after {:.0f}".format(
        median(stalls), min(stalls), max(stalls), median(durable)
    )


# ---- the callbacks with the real packages: the programs of the pages ----


def blocks(page, language):
    with open(os.path.join(DOCS, page), encoding="utf-8") as file:
        return re.findall("^```" + language + "\n(.*?)^```", file.read(), re.DOTALL | re.MULTILINE)


def page_program(page, number):
    return blocks(page, "python")[number]


def changed_program(page):
    """The first program of a page as the first diff of it says."""
    code = page_program(page, 0)
    for hunk in blocks(page, "diff")[0].split(" ...\n"):
        lines = hunk.splitlines(keepends=True)
        old, new = ("".join(line[1:] or "\n" for line in lines if line[:1] in (" ", "\n", sign)) for sign in "-+")
        if code.count(old) != 1:
            raise ValueError("{}: its program has {} of\n{}".format(page, code.count(old), old))
        code = code.replace(old, new)
    return code


# Which package it needs, and its program.
PAGES = {
    "script": ("torch", lambda: changed_program("python.md")),
    "lightning": ("lightning", lambda: page_program("python-lightning.md", 0)),
    "transformers": ("transformers", lambda: page_program("python-transformers.md", 0)),
    "accelerate": ("accelerate", lambda: page_program("python-transformers.md", 1)),
    "jax": ("jax", lambda: page_program("python-jax.md", 0)),
}

# A program that is given to a process of its own: at a loss, or without PyTorch at a step, that is named it sends itself a signal.
DRIVER = """
import os, signal, sys
seen = 0
def counted(function):
    def wrapper(*arguments, **more):
        global seen
        seen += 1
        if seen == int(sys.argv[2]):
            os.kill(os.getpid(), getattr(signal, "SIG" + sys.argv[1]))
        return function(*arguments, **more)
    return wrapper
if sys.argv[3] == "jax":
    import cairn.run
    cairn.run._Steps.__next__ = counted(cairn.run._Steps.__next__)
else:
    import torch
    torch.nn.functional.mse_loss = counted(torch.nn.functional.mse_loss)
    torch.use_deterministic_algorithms(True)
exec(compile(open("page.py").read(), "page.py", "exec"), {"__name__": "__main__"})
"""


def content(place):
    """What a program has ended with: its weights, or, where it saves none, its newest checkpoint."""
    final = os.path.join(place, "final.pt")
    if os.path.exists(final):
        import torch

        return torch.load(final, map_location="cpu"), torch.equal
    checkpoints = os.path.join(place, "checkpoints")
    newest = max(one for one in os.listdir(checkpoints) if one.startswith("step-"))
    # The random states of Python are no part of what the program computes.
    return {name: newest + one for name, one in saved(os.path.join(checkpoints, newest)).items() if name.startswith("train.")}, str.__eq__


def play(folder, name, cuts, left):
    """Whether the program ends with the same bytes, cut and uncut."""
    finals, begun = [], time.monotonic()
    for kind, several in (("straight", []), ("cut", cuts)):
        place = os.path.join(folder, kind)
        os.makedirs(place)
        with open(os.path.join(place, "page.py"), "w", encoding="utf-8") as file:
            file.write(PAGES[name][1]())
        for what in several + [("USR2", 0)]:
            ended = subprocess.run(
                [sys.executable, "-c", DRIVER, what[0], str(what[1]), name],
                cwd=place,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                universal_newlines=True,
                timeout=max(20, left()),
            )
            if what[1] and ended.returncode in (143, -signal.SIGKILL, 128 + signal.SIGKILL):
                continue
            if ended.returncode != 0 or what[1]:
                return "FAILED: {} after {} {}: {}".format(kind, what, ended.returncode, ended.stdout[-1500:])
        finals.append(content(place))
    (one, equal), (other, _) = finals
    same = one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    return "{}: uncut, and cut by {}, in {:.0f} s".format(
        "EQUAL BYTES" if same else "FAILED: other bytes", " ".join("{}@{}".format(*one) for one in cuts), time.monotonic() - begun
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--megabytes", type=int, default=600)
    parser.add_argument("--seconds", type=int, default=420)
    parser.add_argument("--folder")
    parser.add_argument("--cost", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    if asked.cost:
        print(json.dumps(cost(asked.cost, asked.folder, asked.megabytes)))
        return 0
    end = time.monotonic() + asked.seconds

    def left():
        return end - time.monotonic()

    failed = False

    def tell(name, words):
        nonlocal failed
        failed |= "FAILED" in words
        print("{:24} {}".format(name, words), flush=True)

    print(versions(), flush=True)
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        for name in [*COSTS, PLACES]:
            if left() < 30:
                tell(name, "SKIPPED: no time is left")
                continue
            try:
                done = subprocess.run(
                    [
                        sys.executable,
                        os.path.abspath(__file__),
                        "--cost",
                        name,
                        "--megabytes",
                        str(asked.megabytes),
                        "--folder",
                        os.path.join(folder, name.replace(" ", "-")),
                    ],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    universal_newlines=True,
                    timeout=max(20, left()),
                )
            except subprocess.TimeoutExpired:
                tell(name, "SKIPPED: it takes longer than is left")
                continue
            tell(name, json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else "FAILED: " + done.stderr[-1500:])

        def page(name):
            try:
                __import__(PAGES[name][0])
            except ImportError as error:
                return "SKIPPED: {}".format(error)
            if left() < 60:
                return "SKIPPED: no time is left"
            try:
                return play(os.path.join(folder, name), name, [("USR2", 17), ("KILL", 9), ("TERM", 6)], left)
            except subprocess.TimeoutExpired:
                return "SKIPPED: it takes longer than is left"

        with concurrent.futures.ThreadPoolExecutor() as side_by_side:
            for name, words in zip(PAGES, side_by_side.map(page, PAGES)):
                tell(name, words)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
