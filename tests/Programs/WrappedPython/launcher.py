# Stands in for accelerate and deepspeed, which Debian does not have. It does what their launchers do, by their sources: it starts a process
# a rank, passes no signal on but TERM (after which it waits 30 s and kills), ends all when one fails, and makes 1 of every code but 0.
# Usage: launcher.py PROGRAM ARGUMENTS
import os
import signal
import subprocess
import sys
import time

RANKS = 2


def end_all(*_):
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + 30
    for process in processes:
        try:
            process.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
    sys.exit(1)


processes = [
    subprocess.Popen([sys.executable, *sys.argv[1:]], env=dict(os.environ, RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(RANKS)))
    for rank in range(RANKS)
]
signal.signal(signal.SIGTERM, end_all)
while any(process.poll() is None for process in processes):
    if any(process.poll() not in (None, 0) for process in processes):
        end_all()
    time.sleep(0.1)
sys.exit(0 if all(process.returncode == 0 for process in processes) else 1)
