"""A run that trains nothing, for the stories: it counts, reports a loss, and saves every so often."""
import os
import sys
import time

import cairn

folder, steps, seconds, every = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])


class Counter:
    def __init__(self):
        self.count, self.ballast = 0, "x" * int(os.environ.get("STATE_BYTES", "1000"))

    def state_dict(self):
        return {"count": self.count, "ballast": self.ballast}

    def load_state_dict(self, state):
        self.count = state["count"]


counter = Counter()
run = cairn.Run(folder, save=cairn.every(steps=every))
(run.track_per_rank if "SLURM_STORY_RANKS" in os.environ else run.track)(counter=counter)
for step in run.steps(steps):
    time.sleep(seconds)
    counter.count += 1
    run.report(loss=1 / (1 + step))
    if str(step) == os.environ.get("DIES_AT") and "AGAIN" not in os.environ:
        os.kill(os.getpid(), 9)
run.finish(lambda: None)
