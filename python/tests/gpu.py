"""What a machine with a GPU has to show: the callbacks with the real packages, and what a save costs there.

    PYTHONPATH=python LIBCAIRN=.../libcairn.so python3 python/tests/gpu.py [--megabytes 600] [--seconds 420] [--folder FOLDER]

Each part is a process of its own and says in a line what it found; what is not installed, and the device where there is none, is skipped aloud. Made for
PyTorch 2.11, Lightning 2.6, Transformers 5, accelerate 1 and safetensors; older ones are played as far as they go. It ends with code 1 where a part has failed.
"""

import argparse
import json
import os
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
    for name in ("torch", "lightning", "pytorch_lightning", "transformers", "accelerate", "safetensors", "numpy"):
        try:
            found.append("{} {}".format(name, __import__(name).__version__))
        except (ImportError, AttributeError) as error:
            found.append("no {} ({})".format(name, type(error).__name__))
    import torch

    found.append(
        "device " + (torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU ALONE: what is said below says nothing of CUDA")
    )
    return "; ".join(found)


# ---- what a save costs ----


def make(megabytes):
    """A model with AdamW whose states come to so many megabytes, and a function that does a step."""
    import torch

    width, where = 1024, device()
    layers = max(1, round(megabytes * 1e6 / (12 * (width * width + width))))
    model = torch.nn.Sequential(*[torch.nn.Linear(width, width) for _ in range(layers)]).to(where)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    inputs = torch.randn(64, width, device=where)

    def step():
        optimizer.zero_grad()
        model(inputs).square().mean().backward()
        optimizer.step()

    return model, optimizer, step


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


def cost_cairn(folder, megabytes, mode):
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
        stall, _ = measured(lambda: run.boundary(done, last=i == 23))
        if is_saved and i > 3:  # the first touches its memory
            stalls.append(stall)
            wanted = os.path.join(run.folder, "step-{:010d}".format(done))
            while not os.path.isdir(wanted) and time.perf_counter() - begun < 60:
                time.sleep(0.001)
            durable.append((time.perf_counter() - begun) * 1000)
    run.finish()
    return stalls, durable


def synced(path):
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def cost_torch_save(folder, megabytes):
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
    "torch.save + fsync": cost_torch_save,
    "dcp.async_save": cost_async_save,
    "safetensors + fsync": cost_safetensors,
}


PLACES = "what is on the device"


def places(folder):
    """A sum of gradients, a moving average in a dictionary that is made late, and a generator, all on the device: cut they go on there, to the bit."""
    import cairn
    import torch

    def train(kind, stop_after=None):
        torch.manual_seed(5)
        where = device()
        model = torch.nn.Linear(64, 64).to(where)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
        average, numbers = {"of": {}}, torch.Generator(where).manual_seed(7)
        with cairn.Run(os.path.join(folder, kind), save=cairn.never()) as run:
            run.track(model=model, optimizer=optimizer, average=average, numbers=numbers)
            for step in run.steps(12):
                inputs = torch.randn(8, 64, device=where) + torch.randn(8, 64, generator=numbers, device=where)
                model(inputs).square().mean().backward()
                if step % 3 == 2:
                    optimizer.step()
                    optimizer.zero_grad()
                for name, one in model.state_dict().items():
                    average["of"][name] = 0.9 * average["of"].get(name, one) + 0.1 * one
                if step + 1 == stop_after:
                    run.request_stop("half of it")
            run.finish(exit=False)
        return [*model.state_dict().values(), *average["of"].values()]

    torch.use_deterministic_algorithms(True)
    straight = train("straight")
    train("cut", 7)
    cut = train("cut")
    if [one.device for one in straight] != [one.device for one in cut]:
        return "FAILED: it is on {} then".format({str(one.device) for one in cut})
    return "EQUAL BYTES" if all(torch.equal(*pair) for pair in zip(straight, cut)) else "FAILED: other bytes"


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


def page_programs(name):
    import re

    with open(os.path.join(DOCS, name), encoding="utf-8") as file:
        return re.findall("^```python\n(.*?)^```", file.read(), re.DOTALL | re.MULTILINE)


PAGES = {
    "lightning": ("python-lightning.md", 0),
    "transformers": ("python-transformers.md", 0),
    "accelerate": ("python-transformers.md", 1),
}

# A program that is given to a process of its own: at a loss that is named it sends itself a signal.
DRIVER = """
import os, signal, sys, torch
loss, seen = torch.nn.functional.mse_loss, 0
def counted(*arguments, **more):
    global seen
    seen += 1
    if seen == int(sys.argv[2]):
        os.kill(os.getpid(), getattr(signal, "SIG" + sys.argv[1]))
    return loss(*arguments, **more)
torch.nn.functional.mse_loss = counted
torch.use_deterministic_algorithms(True)
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
exec(compile(open("page.py").read(), "page.py", "exec"), {"__name__": "__main__"})
"""


def play(folder, name, cuts, left):
    """Whether the program ends with the same bytes, cut and uncut."""
    import torch

    page, which = PAGES[name]
    finals = []
    for kind, several in (("straight", []), ("cut", cuts)):
        place = os.path.join(folder, kind)
        os.makedirs(place)
        with open(os.path.join(place, "page.py"), "w", encoding="utf-8") as file:
            file.write(page_programs(page)[which])
        for what in several + [("USR2", 0)]:
            ended = subprocess.run(
                [sys.executable, "-c", DRIVER, what[0], str(what[1])],
                cwd=place,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                universal_newlines=True,
                timeout=max(20, left()),
            )
            if what[1] and ended.returncode in (143, -signal.SIGKILL, 128 + signal.SIGKILL):
                continue
            if ended.returncode != 0:
                return "FAILED: {} after {} {}: {}".format(kind, what, ended.returncode, ended.stdout[-1500:])
        finals.append(torch.load(os.path.join(place, "final.pt"), map_location="cpu"))
    one, other = finals
    same = one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)
    return "{}: uncut, and cut by {}".format(
        "EQUAL BYTES" if same else "FAILED: other bytes", " ".join("{}@{}".format(*one) for one in cuts)
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
        for name in PAGES:
            try:
                __import__(name)
            except ImportError as error:
                tell(name, "SKIPPED: {}".format(error))
                continue
            if left() < 60:
                tell(name, "SKIPPED: no time is left")
                continue
            try:
                tell(name, play(os.path.join(folder, name), name, [("USR2", 17), ("KILL", 9), ("TERM", 6)], left))
            except subprocess.TimeoutExpired:
                tell(name, "SKIPPED: it takes longer than is left")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
