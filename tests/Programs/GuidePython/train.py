"""The pattern of a checkpointing guide in Python, standard library only: a flag, a handler, a check after each step."""
import json
import os
import signal
import sys
import time
from pathlib import Path

CHECKPOINT = Path("checkpoint.json")
STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 100
STEP_SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 0.05
warned = {"flag": False}


def on_warning(signum, frame):
    print(f"Signal {signum} received", flush=True)
    warned["flag"] = True


def save(step, weight):
    beside = CHECKPOINT.with_suffix(".new")
    beside.write_text(json.dumps({"step": step, "weight": weight}))
    beside.replace(CHECKPOINT)


def requeue():
    job_id = os.environ.get("SLURM_JOB_ID")
    if job_id:
        print(f"Requeueing job {job_id}", flush=True)
        os.system(f"scontrol requeue {job_id}")
    sys.exit(0)


signal.signal(signal.SIGUSR2, on_warning)
start, weight = 0, 0.0
if CHECKPOINT.exists():
    saved = json.loads(CHECKPOINT.read_text())
    start, weight = saved["step"] + 1, saved["weight"]
    print(f"Resumed from step {start}", flush=True)

for step in range(start, STEPS):
    weight = weight * 0.99 + step
    time.sleep(STEP_SECONDS)
    if warned["flag"]:
        save(step, weight)
        requeue()
save(STEPS - 1, weight)
print(f"Training complete: {weight!r}", flush=True)
