"""Tells of each USR2, TERM and CONT it hears, a line each; lives until it is killed, or for the seconds given."""
import signal
import sys
import time


def heard(signum, frame):
    print(f"heard {signal.Signals(signum).name[3:]}", flush=True)


for name in ("SIGUSR2", "SIGTERM"):
    signal.signal(getattr(signal, name), heard)
print("listening", flush=True)
end = time.monotonic() + (float(sys.argv[1]) if len(sys.argv) > 1 else 600)
while time.monotonic() < end:
    time.sleep(0.05)
print("left by itself", flush=True)
