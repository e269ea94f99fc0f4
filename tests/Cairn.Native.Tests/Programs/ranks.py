"""Two ranks that train one model with DistributedDataParallel over gloo, each on its own samples with its own dropout. ranks.py RESULT-FOLDER WARNED-STEP"""

import cairn

import hashlib
import os
import subprocess
import sys
import time

import torch

folder, warned = sys.argv[1], int(sys.argv[2])
rank, size = int(os.environ["SLURM_PROCID"]), int(os.environ["SLURM_NTASKS"])
torch.distributed.init_process_group(
    "gloo", init_method="file://{}/meet-{}-{}".format(os.getcwd(), folder, cairn.attempt()), rank=rank, world_size=size)
torch.set_num_threads(1)
torch.manual_seed(3)
model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Dropout(0.2), torch.nn.Linear(16, 1))
model = torch.nn.parallel.DistributedDataParallel(model)
torch.manual_seed(100 + rank)
numbers = torch.Generator().manual_seed(4)
data = torch.utils.data.TensorDataset(torch.randn(96, 8, generator=numbers), torch.randn(96, 1, generator=numbers))
loader = torch.utils.data.DataLoader(data, batch_size=8, sampler=torch.utils.data.distributed.DistributedSampler(data, size, rank))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
seen = {"losses": []}

run = cairn.Run(folder, save=cairn.every(steps=5))
run.track(model=model, optimizer=optimizer)
run.track_per_rank(seen=seen)
for batch in run.batches(loader, epochs=6):
    step = run.steps_done
    if step == warned and run.attempt == 1 and rank == 0:
        subprocess.run(["scancel", "--signal=USR2", os.environ["SLURM_JOB_ID"]], check=True)
        while not cairn.stop_requested():
            time.sleep(0.01)
    inputs, targets = batch
    loss = torch.nn.functional.mse_loss(model(inputs), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    seen["losses"] = seen["losses"][-100:] + [loss.item()]
with open("{}-{}-rank-{}".format(folder, run.attempt, rank), "w") as file:
    for name, value in sorted(model.state_dict().items()):
        file.write("{} {}\n".format(name, hashlib.sha256(value.numpy().tobytes()).hexdigest()))
    file.write("{} {} {}\n".format(len(seen["losses"]), seen["losses"], torch.rand(1).item()))
outcome = run.finish()
print("rank", rank, outcome, flush=True)
