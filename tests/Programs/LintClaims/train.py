# A training program that tells of every signal that it hears; in the file "told" too, for what it prints while its job ends may get
# lost. Warned by a signal or by its stop file it saves, which takes a second, and leaves; a TERM behind a warning ends it at once. It
# trains until then, or until somebody makes the file "end"; after a requeue it is soon complete.
import argparse
import os
import signal
import sys
import time
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--checkpoint-dir", type=Path, default=Path("."))
parser.add_argument("--steps", type=int, default=3000, help="of 0.1 s")
parser.add_argument("--ask-after", type=int, help="leave with 75 after so many steps of the first attempt")
parser.add_argument("--save-takes", type=float, default=1, help="seconds")
parser.add_argument("--load-until", type=Path, help="what it imports takes until this file is there, in the first attempt")
parser.add_argument("--stop-file", type=Path)
parser.add_argument("--deaf", action="store_true", help="without a handler")
options = parser.parse_args()
told = os.open("told", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
stop = warned = False


def tell(text):
    # Not by print, which would not do in a handler.
    for file in (told, 1):
        os.write(file, f"{text}\n".encode())


def heard(number, frame):
    global stop, warned
    tell(f"heard {signal.Signals(number).name[3:]}")
    if number == signal.SIGTERM and warned:
        os._exit(143)  # the end is there; but two TERM in a row are one to it
    warned |= number in (signal.SIGUSR1, signal.SIGUSR2)
    stop |= number != signal.SIGCONT


tell(f"USR2 is {'ignored' if signal.getsignal(signal.SIGUSR2) == signal.SIG_IGN else 'as by default'} at the start")
first = "SLURM_RESTART_COUNT" not in os.environ
for _ in range(1000):
    if not first or options.load_until is None or options.load_until.exists():
        break
    time.sleep(0.1)
if not options.deaf:
    for name in ("USR1", "USR2", "TERM", "CONT"):
        signal.signal(getattr(signal, "SIG" + name), heard)

options.checkpoint_dir.mkdir(parents=True, exist_ok=True)
checkpoint = options.checkpoint_dir / "state"
if checkpoint.exists():
    step = int(checkpoint.read_text())
    tell(f"goes on from step {step}")
else:
    step = 0
    checkpoint.write_text("0")
    tell("begins at step 0")

left = options.steps if first else 5
tell("listening")
while left > 0:
    time.sleep(0.1)
    step += 1
    left -= 1
    if stop or (options.stop_file is not None and options.stop_file.exists()):
        tell("in the middle of the save")
        time.sleep(options.save_takes)
        checkpoint.write_text(str(step))
        tell("the state is on disk")
        sys.exit(0)
    if first and step == options.ask_after:
        tell("asks to come back")
        sys.exit(75)
    if os.path.exists("end"):
        # A second more, in which it would hear what is under way.
        left = min(left, 10)
tell("training complete")
