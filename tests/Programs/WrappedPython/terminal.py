# Runs a command in a terminal of its own, presses a key when it is ready, and prints what it wrote and how it ended.
# Usage: terminal.py KEY COMMAND ARGS...      KEY is the letter that is pressed with Ctrl
import os
import pty
import sys
import time

key, command = sys.argv[1], sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
seen, pressed = b"", False
until = time.monotonic() + 80
while time.monotonic() < until:
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
_, status = os.waitpid(pid, 0)
print(seen.decode().replace("\r", ""))
print("exit code", os.waitstatus_to_exitcode(status))
