"""Shows on this machine what Cairn is for: python -m cairn.demo

It trains a small network twice (PyTorch's where that is installed, else one of plain Python), once undisturbed and once as a job of `cairn local`
that is stopped at two random places, as a cluster does it; then it compares all that the training has made, byte by byte.
"""

import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from typing import Any, Callable, Dict, List, Optional, Tuple

STEPS = 240
SAID = re.compile(r"cairn: (attempt|[A-Z0-9]+ from|saved|finished|the job)")  # of what the run says, what tells its story


def main() -> int:
    """The demonstration; its exit code: 0 where the bytes are equal."""
    command = _command()
    if command is None:
        print("cairn.demo: there is no `cairn` on the PATH or beside {}: the wheel has it".format(sys.executable), file=sys.stderr)
        return 69
    with tempfile.TemporaryDirectory(prefix="cairn-demo-") as folder:
        print("1. Nobody stops it:", flush=True)
        straight = subprocess.run(_training(folder, "straight", 0), stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
        if straight.returncode != 0:
            print(straight.stderr, file=sys.stderr)
            return 1
        said = straight.stdout.splitlines()
        print("   {}\n   {}\n\n2. The same as a job that is stopped twice:".format(said[0], said[-1]), flush=True)
        if _cut_twice([command, "local", "--time", "1h", "--requeue-delay", "100ms", "--", *_training(folder, "cut", 0.01)]) != 0:
            return 1
        results = [_read(os.path.join(folder, name + ".json")) for name in ("straight", "cut")]
    if results[0] != results[1]:
        print("\nThe two have NOT the same weights, optimizer and losses.")
        return 1
    print(
        "\nWeights, optimizer and all losses of both are equal, byte by byte ({} bytes, SHA-256 {}...).".format(
            len(results[0]), hashlib.sha256(results[0]).hexdigest()[:16]
        )
    )
    return 0


def _training(folder: str, name: str, pause: float) -> List[str]:
    return [sys.executable, "-m", "cairn.demo", "--train", os.path.join(folder, name), str(pause)]


def _cut_twice(job: List[str]) -> int:
    """Runs the job, stops it at two steps, and tells what the run says; the job's exit code."""
    cuts = [
        (random.randint(STEPS // 10, STEPS // 3), "the warning before a time limit", ["scancel", "--signal=USR2"]),
        (random.randint(STEPS // 2, STEPS * 3 // 4), "preempted", ["scontrol", "requeue"]),
    ]
    tools, number, unusual = "", "", []
    running = subprocess.Popen(job, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    assert running.stdout is not None
    for line in running.stdout:
        line = line.rstrip("\n")
        found = re.search(r"job (\d+): its .* are in (\S+)", line)
        if found:
            number, tools = found.groups()
        elif line.startswith("step "):
            if cuts and tools and int(line.split()[1]) >= cuts[0][0]:
                _, words, cut = cuts.pop(0)
                print("   {}: {}".format(words, " ".join([*cut, number])), flush=True)
                subprocess.run([os.path.join(tools, cut[0]), *cut[1:], number], stdout=subprocess.DEVNULL)
        elif SAID.match(line):
            print("   " + line.partition("; ends in ")[0], flush=True)
        else:
            unusual.append(line)
    code = running.wait()
    if code != 0:
        print("\n".join(unusual), file=sys.stderr)
    return code


def train(place: str, pause: float) -> None:
    """What is shown: a training as people write it."""
    import cairn

    name, parts, step, result = _network()
    print(name, flush=True)
    log: Dict[str, List[float]] = {"losses": []}
    run = cairn.Run(place, save=cairn.every(steps=50))
    run.track(log=log, **parts)
    for number in run.steps(STEPS):
        log["losses"].append(step())
        print("step", number, flush=True)
        time.sleep(pause)
        if pause and number == STEPS - 2:
            _await_cut(run)
    print("{} steps, the last loss is {:.4f}".format(len(log["losses"]), log["losses"][-1]), flush=True)

    def write() -> None:
        with open(place + ".json", "w") as file:
            json.dump({"losses": log["losses"], **result()}, file)

    run.finish(write)


def _await_cut(run: Any) -> None:
    """Who stops the job twice may be slow on a busy machine: a training that nears its end before that waits for it, for a minute at most."""
    latest = time.monotonic() + 60
    while int(os.environ.get("SLURM_RESTART_COUNT") or 0) < 2 and not run.stop_requested and time.monotonic() < latest:
        time.sleep(0.05)


Network = Tuple[str, Dict[str, Any], Callable[[], float], Callable[[], Dict[str, Any]]]


def _network() -> Network:
    """Its name, the parts of its state, one step, which gives the loss, and all of the state as JSON has it: floats to the last bit."""
    try:
        import torch
    except ImportError:
        return _plain_network()
    torch.manual_seed(17)
    torch.set_num_threads(1)
    model = torch.nn.Sequential(torch.nn.Linear(16, 32), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(32, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.99)

    def step() -> float:
        inputs = torch.randn(64, 16)
        loss = torch.nn.functional.mse_loss(model(inputs), inputs.sum(1, keepdim=True))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        return float(loss)

    def result() -> Dict[str, Any]:
        moments = [{key: torch.as_tensor(one).tolist() for key, one in state.items()} for state in optimizer.state_dict()["state"].values()]
        return {"model": {key: one.tolist() for key, one in model.state_dict().items()}, "optimizer": moments}

    name = "A network of PyTorch {} (dropout, AdamW, a falling learning rate, random inputs)".format(torch.__version__.split("+")[0])
    return name, {"model": model, "optimizer": optimizer, "scheduler": scheduler}, step, result


def _plain_network() -> Network:
    random.seed(17)
    state: Dict[str, List[float]] = {"weights": [0.0] * 16, "velocity": [0.0] * 16}

    def step() -> float:
        inputs = [random.gauss(0, 1) for _ in range(16)]
        error = sum(weight * one for weight, one in zip(state["weights"], inputs)) - sum(inputs) - random.gauss(0, 0.1)
        state["velocity"] = [0.9 * v - 0.004 * error * one for v, one in zip(state["velocity"], inputs)]
        state["weights"] = [weight + v for weight, v in zip(state["weights"], state["velocity"])]
        return error * error

    return (
        "A layer in plain Python, for there is no PyTorch here (SGD with momentum, random inputs)",
        {"layer": state},
        step,
        lambda: dict(state),
    )


def _command() -> Optional[str]:
    # Where pip has put it: into the environment's folder or the user's, which need not be on the PATH.
    places = [sysconfig.get_path("scripts"), os.path.join(sysconfig.get_config_var("userbase") or "", "bin")]
    return shutil.which("cairn", path=os.pathsep.join([*places, os.environ.get("PATH", "")]))


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--train"]:
        train(sys.argv[2], float(sys.argv[3]))
    elif sys.argv[1:] in (["--help"], ["-h"]):
        print((__doc__ or "").strip())
    elif sys.argv[1:]:
        sys.exit("cairn.demo: {}: it takes no argument".format(sys.argv[1]))
    else:
        sys.exit(main())
