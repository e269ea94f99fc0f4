# A program of several processes that a launcher starts, with the Python helper.   Usage: ranked.py HOW STEPS SECONDS_PER_STEP [spawn]
# HOW it leaves when it is to stop: asks (exit_for_requeue), exits (with code 0), never (never_again). With spawn it starts its two processes
# itself, by torch.multiprocessing. Rank 0 saves.
import json
import os
import sys
import time
from pathlib import Path

import cairn


def train(rank):
    how, steps, pause = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    checkpoint = Path(cairn.checkpoint_dir()) / "state.json"
    start = json.loads(checkpoint.read_text()) if checkpoint.exists() else 0
    if rank == 0:
        print(f"attempt {cairn.attempt()} begins at step {start}", flush=True)
    for step in range(start, steps):
        time.sleep(pause)  # what a step takes
        if cairn.stop_requested():
            leave(how, rank, step + 1, checkpoint)
    if rank == 0:
        print("training complete", flush=True)
        cairn.finished()


def leave(how, rank, step, checkpoint):
    barrier = checkpoint.with_name(f"saved-in-attempt-{cairn.attempt()}")
    if rank != 0:
        until = time.monotonic() + 60
        while not barrier.exists() and time.monotonic() < until:
            time.sleep(0.05)
    else:
        new = checkpoint.with_suffix(".new")
        new.write_text(json.dumps(step))
        new.replace(checkpoint)
        print(f"saved step {step}", flush=True)
        barrier.touch()
    if how == "exits":
        sys.exit(0)
    if how == "never":
        cairn.never_again("the data is broken")
    cairn.exit_for_requeue(step)


if __name__ == "__main__":
    if sys.argv[4:] == ["spawn"]:
        import torch.multiprocessing

        torch.multiprocessing.spawn(train, nprocs=2)
    else:
        train(int(os.environ["RANK"]))
