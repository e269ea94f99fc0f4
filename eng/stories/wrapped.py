"""A program that saves by itself, kept by `cairn run`: one number in a file."""
import json
import os
import sys
import time

import cairn

steps, seconds = int(sys.argv[1]), float(sys.argv[2])
folder = cairn.checkpoint_dir("checkpoints")
newest = os.path.join(folder, "state.txt")
step = int(open(newest).read()) if os.path.exists(newest) else 0


def save():
    with open(newest + ".new", "w") as file:
        file.write(str(step))
    os.replace(newest + ".new", newest)


while step < steps:
    time.sleep(seconds)
    step += 1
    if "CAIRN_REPORTS" in os.environ:
        with open(os.environ["CAIRN_REPORTS"], "a") as reports:
            reports.write(json.dumps({"step": step, "total": steps, "metric": "loss", "value": 1 / step}) + "\n")
    if step % 20 == 0:
        save()
    if cairn.stop_requested():
        save()
        cairn.exit_for_requeue(step)
save()
cairn.finished()
