# A training program as people write them, under `cairn run`: it saves when it is warned, and leaves the requeue to the wrapper.
# Usage: train.py HOW STEPS SECONDS_PER_STEP [SECONDS_PER_SAVE]
#   guide   a handler sets a flag; exits 0       asks   the same; exits 75
#   term    as guide, but listens to TERM alone
#   deaf    listens to nothing, ignores TERM; saves after every fifth step
#   crash   the same, and fails at step 7        hang   saves once, then does nothing more
# Exit codes of its own: STOPS_WITH when it was asked to stop, ENDS_WITH when it is through.
import json
import os
import signal
import sys
import time
from pathlib import Path

how, steps, pause = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
save_takes = float(sys.argv[4]) if len(sys.argv) > 4 else 0
folder = Path(os.environ.get("CAIRN_CHECKPOINT_DIR", "."))
checkpoint = folder / f"state{os.environ.get('SLURM_PROCID', '0')}.json"
stop = False


def warned(signum, frame):
    global stop
    stop = True
    print(f"heard {signal.Signals(signum).name}", flush=True)


def save(step):
    folder.mkdir(exist_ok=True)
    new = checkpoint.with_suffix(".new")
    new.write_text(json.dumps(step))
    if save_takes > 0:
        print("in the middle of the save", flush=True)
        time.sleep(save_takes)
    new.replace(checkpoint)


if how in ("guide", "asks"):
    signal.signal(signal.SIGUSR2, warned)
elif how == "term":
    signal.signal(signal.SIGTERM, warned)
elif how != "hang":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)

start = json.loads(checkpoint.read_text()) if checkpoint.exists() else 0
print(f"attempt {os.environ.get('CAIRN_ATTEMPT')} begins at step {start}", flush=True)
for step in range(start, steps):
    time.sleep(pause)
    if how == "crash" and step == 7:
        sys.exit(3)
    if stop or (how in ("deaf", "crash") and step % 5 == 4) or (how == "hang" and step == 0):
        save(step + 1)
    if how == "hang":
        time.sleep(3600)
    if stop:
        print(f"stopped before step {step + 1}", flush=True)
        sys.exit(int(os.environ.get("STOPS_WITH", 75 if how == "asks" else 0)))
print("training complete", flush=True)
sys.exit(int(os.environ.get("ENDS_WITH", 0)))
