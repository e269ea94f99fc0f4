"""Plays a training of PyTorch cut at random places, by USR2, TERM, KILL and Ctrl-C, and compares weights, optimizer, scheduler, scaler, moving average, log and
random numbers with those of one that nobody stopped: for each optimizer, with other numbers of workers.

    exactness.py [--cuts N] [--seed N] [OPTIMIZER ...]        without names: all of them

Each attempt is a process of its own, forked from this one, which has imported PyTorch and nothing of Cairn's.
"""

import argparse
import atexit
import collections
import contextlib
import hashlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback

import numpy
import torch
from torch.utils.data import DataLoader, Dataset

optim, schedulers = torch.optim, torch.optim.lr_scheduler
EPOCHS, SAMPLES, BATCH = 4, 100, 5
STEPS = EPOCHS * SAMPLES // BATCH

# Each with a scheduler of its own.
OPTIMIZERS = {
    "SGD": (lambda p: optim.SGD(p, 0.05, momentum=0.9, nesterov=True), lambda o: schedulers.OneCycleLR(o, 0.05, STEPS)),
    "Adam": (lambda p: optim.Adam(p, 0.01, amsgrad=True), lambda o: schedulers.CosineAnnealingLR(o, STEPS)),
    "AdamW": (lambda p: optim.AdamW(p, 0.01), lambda o: schedulers.ReduceLROnPlateau(o, patience=5)),
    "NAdam": (lambda p: optim.NAdam(p, 0.01), lambda o: schedulers.StepLR(o, 7)),
    "RAdam": (lambda p: optim.RAdam(p, 0.01), lambda o: schedulers.ExponentialLR(o, 0.99)),
    "Adamax": (lambda p: optim.Adamax(p, 0.01), lambda o: schedulers.CosineAnnealingWarmRestarts(o, 9)),
    "Adagrad": (lambda p: optim.Adagrad(p, 0.01), lambda o: schedulers.MultiStepLR(o, [11, 29])),
    "Adadelta": (lambda p: optim.Adadelta(p), lambda o: schedulers.LambdaLR(o, halve)),
    "RMSprop": (lambda p: optim.RMSprop(p, 0.01, momentum=0.9, centered=True), lambda o: schedulers.CyclicLR(o, 0.001, 0.01)),
    "Rprop": (lambda p: optim.Rprop(p), lambda o: schedulers.LinearLR(o)),
    "ASGD": (lambda p: optim.ASGD(p, 0.01), lambda o: schedulers.PolynomialLR(o, STEPS)),
    "LBFGS": (
        lambda p: optim.LBFGS(p, max_iter=3),
        lambda o: schedulers.SequentialLR(o, [schedulers.ConstantLR(o), schedulers.ExponentialLR(o, 0.9)], [10]),
    ),
}
SUMS_UP = ["SGD", "NAdam"]  # the gradients of three batches
LOADERS = [(0, False), (1, False), (1, True), (3, False), (3, True)]
SIGNALS = [signal.SIGUSR2, signal.SIGTERM, signal.SIGKILL, signal.SIGINT]


def halve(step):
    return 0.99**step


def average(mean, now, count):
    return 0.9 * mean + 0.1 * now


class Points(Dataset):
    def __len__(self):
        return SAMPLES

    def __getitem__(self, index):
        point = (
            torch.sin(torch.arange(8) * (index + 1.0)) * (1 + 0.1 * random.random()) + 0.01 * torch.randn(8) + 0.01 * numpy.random.rand()
        )
        return point, point.sum(0, keepdim=True)


def train(folder, result, name, workers, persistent, say):
    import cairn

    random.seed(1), numpy.random.seed(2), torch.manual_seed(3)
    torch.set_num_threads(1)
    layers = [torch.nn.Linear(8, 16), torch.nn.BatchNorm1d(16), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(16, 1)]
    model = torch.nn.Sequential(*layers)
    make_optimizer, make_scheduler = OPTIMIZERS[name]
    optimizer = make_optimizer(model.parameters())
    scheduler = make_scheduler(optimizer)
    scaler = (
        torch.amp.GradScaler("cpu") if hasattr(torch.amp, "GradScaler") and name != "LBFGS" else torch.cuda.amp.GradScaler(enabled=False)
    )
    ema = optim.swa_utils.AveragedModel(model, avg_fn=average)
    loader = DataLoader(Points(), batch_size=BATCH, shuffle=True, num_workers=workers, persistent_workers=persistent)
    log = {"losses": []}

    run = cairn.Run(folder, save=cairn.every(steps=4))
    run.track(model=model, optimizer=optimizer, scheduler=scheduler, scaler=scaler, ema=ema, log=log)
    for batch in run.batches(loader, EPOCHS):
        inputs, targets = batch
        losses = []

        def closure():
            if name not in SUMS_UP or batch.index % 3 == 0:
                optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(model(inputs), targets)
            losses.append(loss.item())
            scaler.scale(loss).backward()
            return loss

        if name == "LBFGS":
            optimizer.step(closure)
        else:
            closure()
            if name not in SUMS_UP or batch.index % 3 == 2:
                scaler.step(optimizer)
                scaler.update()
        scheduler.step(*([losses[0]] if name == "AdamW" else []))
        ema.update_parameters(model)
        log["losses"].append(losses)
        say("step {}\n".format(run.steps_done))
        time.sleep(0.002)

    def write():
        state = {"model": model, "optimizer": optimizer, "scaler": scaler, "ema": ema}
        lines = [line for key, one in state.items() for line in told(key, one.state_dict())]
        lines += told("scheduler", {key: one for key, one in scheduler.state_dict().items() if not callable(one)})
        lines += told("log", log) + told("drawn", [random.random(), numpy.random.rand(), torch.rand(()).item()])
        with open(result, "w") as file:
            file.write("\n".join(lines))

    run.finish(write)


def told(name, value):
    """A line for each of what is in it, to the last bit."""
    if isinstance(value, dict):
        return [line for key in value for line in told("{}.{}".format(name, key), value[key])]
    if isinstance(value, (list, tuple)):
        return [line for i, one in enumerate(value) for line in told("{}.{}".format(name, i), one)]
    if isinstance(value, torch.Tensor):
        content = value.detach().contiguous().numpy().tobytes()
        return ["{} {} {} {}".format(name, value.dtype, tuple(value.shape), hashlib.sha256(content).hexdigest())]
    return [] if callable(value) else ["{} {!r}".format(name, value)]


def live(arguments, say):
    """What an interpreter does with a program, and its exit code."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job's is ignored
    with open(arguments[0] + ".said", "a") as said:
        os.dup2(said.fileno(), 2)
    try:
        train(*arguments, say)
        return 0
    except SystemExit as ended:
        return ended.code
    except KeyboardInterrupt:
        return 130
    except Exception:
        traceback.print_exc()
        return 1
    finally:
        atexit._run_exitfuncs()


def attempt(arguments, cut=None, after=0):
    """One life of the program, which gets a signal so many steps after its first one; how it ended, and what it wrote."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        code = 130  # an interrupt that comes anywhere else than in the training
        try:
            os.setsid()
            os.close(reader)
            code = live(arguments, lambda line: os.write(writer, line.encode()))
        finally:
            os._exit(code)
    os.close(writer)
    steps = 0
    with os.fdopen(reader) as lines:
        for _ in lines:
            steps += 1
            if steps == after:
                os.kill(child, cut)
                if cut == signal.SIGKILL:
                    break  # a worker of the loader's may live on, and hold the pipe
    status = os.waitpid(child, 0)[1]
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def play(name, folder, cuts, chance):
    """One optimizer; lines that say what differs."""
    straight = os.path.join(folder, name + "-straight")
    arguments = (straight, straight + ".txt", name, 0, False)
    code = attempt(arguments)
    if code != 0:
        return ["{}: nobody stopped it, and it ended with code {}: {}".format(name, code, read(straight + ".said"))]
    wrong = []
    for workers, persistent in LOADERS if cuts > 3 else [chance.choice(LOADERS)]:
        cut = os.path.join(folder, "{}-{}-{}".format(name, workers, persistent))
        arguments, ends = (cut, cut + ".txt", name, workers, persistent), collections.Counter()
        kinds = [SIGNALS[i % len(SIGNALS)] for i in range(cuts)]
        chance.shuffle(kinds)
        for kind in kinds:
            code = attempt(arguments, kind, chance.randint(1, 12))
            ends[kind.name if code != 0 else "finished"] += 1
            if code not in (0, 143, 130, -signal.SIGKILL, -signal.SIGINT):
                wrong.append("{} with {} workers: {} ended it with code {}: {}".format(name, workers, kind.name, code, read(cut + ".said")))
        code = attempt(arguments)
        same = os.path.exists(cut + ".txt") and read(cut + ".txt") == read(straight + ".txt")
        print("{:9} {} workers{}: {} {}".format(
            name, workers, ", persistent" if persistent else "", "equal bytes" if same else "NOT EQUAL", dict(ends)), flush=True)  # fmt: skip
        if not same:
            one, other = read(straight + ".txt").splitlines(), read(cut + ".txt").splitlines() if os.path.exists(cut + ".txt") else []
            differences = [line for line in other if line not in one][:5]
            wrong.append("{} with {} workers: code {}, {}; {}".format(name, workers, code, differences, read(cut + ".said")[-2000:]))
    return wrong


def read(path):
    with open(path) as file:
        return file.read()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cuts", type=int, default=10)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("optimizers", nargs="*")
    options = parser.parse_args()
    print("PyTorch {}, Python {}, seed {}".format(torch.__version__, sys.version.split()[0], options.seed), flush=True)
    chance, wrong = random.Random(options.seed), []
    folder = tempfile.mkdtemp(prefix="cairn-exact-")  # what cleans up by itself would do so at the end of each attempt
    try:
        for name in options.optimizers or OPTIMIZERS:
            wrong += play(name, folder, options.cuts, chance)
    finally:
        shutil.rmtree(folder)
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
