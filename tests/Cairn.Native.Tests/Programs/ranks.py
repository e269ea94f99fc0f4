"""Drives the program of docs/python-ranks.md, of which each rank is a process. At one step of the first attempt its last rank has the job warned, is killed or
fails, or asks for the run's end. What a next step would depend on is written down when the program is through. ranks.py RESULT STEP USR2|KILL|error|end"""

import cairn

import hashlib
import os
import runpy
import signal
import subprocess
import sys
import time

import torch

result, step, how = sys.argv[1], int(sys.argv[2]), sys.argv[3]
if "RANK" not in os.environ:  # torchrun says it; for tasks of srun the page has it in the batch script
    os.environ.update(RANK=os.environ["SLURM_PROCID"], WORLD_SIZE=os.environ["SLURM_NTASKS"], MASTER_ADDR="127.0.0.1")
    os.environ["MASTER_PORT"] = str(20000 + (int(os.environ["SLURM_JOB_ID"]) + 7 * cairn.attempt()) % 10000)
rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
torch.set_num_threads(1)
data = open("{}-data-{}".format(result, rank), "a", buffering=1)


class Run(cairn.Run):
    def batches(self, loader, epochs):
        assert self.broadcast(b"%d" % rank) == b"0"
        self.barrier()
        for batch in super().batches(loader, epochs):
            data.write("{} {} {} {}\n".format(self.steps_done, batch.epoch, batch.index, batch.data[-1].tolist()))
            if self.steps_done == step and self.attempt == 1 and rank == size - 1:
                cut(self)
            yield batch


def cut(run):
    if how == "KILL":
        os.kill(os.getpid(), signal.SIGKILL)
    elif how == "error":
        raise ValueError("for the test")
    elif how == "end":
        run.request_stop("for the test")
    else:
        to = [] if "SLURM_STEP_ID" in os.environ else ["--batch"]  # else a real Slurm sends it to steps alone, of which there are none
        subprocess.run(["scancel", *to, "--signal=" + how, os.environ["SLURM_JOB_ID"]], check=True)
        while not run.stop_requested:
            time.sleep(0.01)


cairn.Run = Run
page = runpy.run_path("page.py", run_name="__main__")
with open("{}-state-{}".format(result, rank), "w") as file:
    for name, value in sorted(page["model"].module.state_dict().items()):
        file.write("{} {}\n".format(name, hashlib.sha256(value.numpy().tobytes()).hexdigest()))
    for number, values in page["optimizer"].state_dict()["state"].items():
        for name, value in sorted(values.items()):
            file.write("{} {} {}\n".format(number, name, hashlib.sha256(value.numpy().tobytes()).hexdigest()))
    file.write("{!r}\n".format(torch.rand(1).item()))
