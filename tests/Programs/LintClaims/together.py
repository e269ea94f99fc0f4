# Two tasks that wait for each other in every step, as in a collective; what they tell each other stands in files. In step 2 the second
# one dies, or leaves with 0; when it has left the first one saves, which takes 20 s. No checkpoint is read again here.
import argparse
import os
import signal
import sys
import time
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--one", choices=["dies", "leaves"])
options = parser.parse_args()
task = int(os.environ["SLURM_PROCID"])


def tell(text):
    os.write(1, f"{text}\n".encode())


def heard(number, frame):
    tell(f"heard {signal.Signals(number).name[3:]}")
    sys.exit(1)


signal.signal(signal.SIGTERM, heard)
for step in range(100):
    Path(f"task-{task}-in-{step}").touch()
    if step == 2 and task == 1:
        if options.one == "leaves":
            Path("left").touch()
            sys.exit(0)
        os.kill(os.getpid(), signal.SIGKILL)
    told = False
    while not Path(f"task-{1 - task}-in-{step}").exists():
        if Path("left").exists():
            tell("in the middle of the save")
            time.sleep(20)
            tell("the state is on disk")
            sys.exit(0)
        if step == 3 and not told:
            told = True
            tell(f"task {task} waits in step {step}")
        time.sleep(0.05)
