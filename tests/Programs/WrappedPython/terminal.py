# Runs a command in a terminal of its own, presses a key when it is ready, and prints what it wrote and how it ended.
# Usage: terminal.py KEY COMMAND ARGS...      KEY is the letter that is pressed with Ctrl
import os
import pty
import select
import signal
import subprocess
import sys
import time

key, command = sys.argv[1], sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
seen, pressed = b"", False
until = time.monotonic() + 80
while select.select([terminal], [], [], max(0, until - time.monotonic()))[0]:
    try:
        read = os.read(terminal, 4096)
    except OSError:
        break  # the other side is closed
    if not read:
        break
    seen += read
    if b"ready" in seen and not pressed:
        pressed = True
        os.write(terminal, bytes([ord(key) - ord("a") + 1]))
else:
    print("it does not end; where everything in this terminal stands:", flush=True)
    fields = "pid,ppid,pgid,tpgid,stat,pending,blocked,ignored,caught,wchan:24,args"
    subprocess.run(["ps", "-L", "-s", str(pid), "-o", fields], check=False)
    os.kill(pid, signal.SIGKILL)
    os.close(terminal)  # hangs up on the rest
_, status = os.waitpid(pid, 0)
print(seen.decode().replace("\r", ""))
print("exit code", os.waitstatus_to_exitcode(status))
