# The guide's pattern with nothing but the standard library: a flag, a handler, a check at the step boundary.
# Usage: train.py [STEPS [SECONDS_PER_STEP]]; the state lies in checkpoint.json in the working directory.
import json
import os
import signal
import sys
import time
from pathlib import Path

CHECKPOINT = Path("checkpoint.json")
STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 200
PAUSE = float(sys.argv[2]) if len(sys.argv) > 2 else 0.1
SAVE_EVERY = 10

preemption = dict(flag=False)


def set_preemption_flag(signum, frame):
    print(f"signal {signum} received", flush=True)
    preemption["flag"] = True


def save(step, weight):
    temporary = CHECKPOINT.with_suffix(".new")
    temporary.write_text(json.dumps({"step": step, "weight": weight}))
    temporary.replace(CHECKPOINT)
    print(f"saved at step {step}", flush=True)


def requeue():
    job_id = os.environ.get("SLURM_JOB_ID")
    if job_id:
        print(f"requeueing job {job_id}", flush=True)
        os.system(f"scontrol requeue {job_id}")
    sys.exit(0)


def main():
    signal.signal(signal.SIGUSR2, set_preemption_flag)
    weight, start = 0.5, 0
    if CHECKPOINT.exists():
        saved = json.loads(CHECKPOINT.read_text())
        weight, start = saved["weight"], saved["step"] + 1
        print(f"resumed from step {start}", flush=True)

    for step in range(start, STEPS):
        weight = (weight * 3.9 * (1 - weight)) % 1.0
        time.sleep(PAUSE)
        if step % SAVE_EVERY == 0:
            save(step, weight)
        if preemption["flag"]:
            save(step, weight)
            requeue()

    save(STEPS - 1, weight)
    print("training complete", flush=True)


if __name__ == "__main__":
    main()
