# The same program with the Python helper (cairn.py).   Usage: with_helper.py STEPS SECONDS_PER_STEP
# ENDS_WITH is its exit code when it is through.
import json
import os
import sys
import time
from pathlib import Path

import cairn

steps, pause = int(sys.argv[1]), float(sys.argv[2])
checkpoint = Path(cairn.checkpoint_dir()) / f"state{os.environ.get('SLURM_PROCID', '0')}.json"
start = json.loads(checkpoint.read_text()) if checkpoint.exists() else 0
print(f"attempt {cairn.attempt()} begins at step {start}", flush=True)
for step in range(start, steps):
    time.sleep(pause)
    if cairn.stop_requested():
        new = checkpoint.with_suffix(".new")
        new.write_text(json.dumps(step + 1))
        new.replace(checkpoint)
        cairn.exit_for_requeue()
print("training complete", flush=True)
cairn.finished()
sys.exit(int(os.environ.get("ENDS_WITH", 0)))
