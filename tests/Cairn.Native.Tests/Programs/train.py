"""A script as people write it, with what a next step can depend on: dropout, an optimizer, a scheduler, a moving average, three sources of random numbers,
numbers of its own, early stopping's best value. train.py FOLDER RESULT STEPS SECONDS-A-STEP"""

import cairn

import hashlib
import random
import sys
import time

import numpy
import torch

folder, result, steps, pause = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])

random.seed(1)
numpy.random.seed(2)
torch.manual_seed(3)
torch.set_num_threads(1)
inputs = torch.randn(200, 8)
targets = inputs.sum(1, keepdim=True)
model = torch.nn.Sequential(
    torch.nn.Linear(8, 16), torch.nn.BatchNorm1d(16), torch.nn.ReLU(), torch.nn.Dropout(0.2), torch.nn.Linear(16, 16), torch.nn.Linear(16, 1))
model[4].bias.requires_grad_(False)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1e-2, total_steps=steps)
plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=3)
ema = torch.optim.swa_utils.AveragedModel(model, avg_fn=lambda mean, now, count: 0.9 * mean + 0.1 * now)
scaler = torch.cuda.amp.GradScaler(enabled=False)
noise = numpy.random.default_rng(4)
generator = torch.Generator().manual_seed(5)
log = {"best": float("inf"), "losses": []}

run = cairn.Run(folder, save=cairn.every(steps=7), keep=cairn.keep_last(2))
run.track(
    model=model, optimizer=optimizer, scheduler=scheduler, plateau=plateau, ema=ema, scaler=scaler, noise=noise, generator=generator, log=log)
for step in run.steps(steps):
    batch = torch.from_numpy(numpy.random.permutation(len(inputs))[:32])
    scale = 1 + 0.01 * random.gauss(0, 1) + 0.01 * noise.standard_normal() + 0.01 * float(torch.randn((), generator=generator))
    loss = torch.nn.functional.mse_loss(model(scale * inputs[batch]), targets[batch])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    plateau.step(float(loss))
    ema.update_parameters(model)
    log["best"] = min(log["best"], float(loss))
    log["losses"].append(float(loss))
    run.report(loss=float(loss))
    print("step", step, flush=True)
    time.sleep(pause)


def lines(name, value):
    if isinstance(value, dict):
        for key in value:
            yield from lines("{}.{}".format(name, key), value[key])
    elif isinstance(value, (list, tuple)):
        for i, one in enumerate(value):
            yield from lines("{}.{}".format(name, i), one)
    elif isinstance(value, torch.Tensor):
        content = value.detach().contiguous().numpy().tobytes()
        yield "{} {} {} {}".format(name, value.dtype, tuple(value.shape), hashlib.sha256(content).hexdigest())
    elif not callable(value):
        yield "{} {!r}".format(name, value)


def write_result():
    with open(result, "w") as file:
        for name, thing in (("model", model), ("optimizer", optimizer), ("scheduler", scheduler), ("plateau", plateau), ("ema", ema)):
            file.writelines(line + "\n" for line in lines(name, thing.state_dict()))
        file.writelines(line + "\n" for line in lines("log", log))
        for drawn in (random.random(), random.gauss(0, 1), numpy.random.rand(), torch.rand(()).item(), noise.random()):
            file.write("{!r}\n".format(drawn))


outcome = run.finish(write_result)
print(outcome, flush=True)
