# Never leaves: it writes `time deadline` ten times a second until it is killed, so that what it was told last can be compared with its end.
import sys
import time

import cairn

if cairn.attempt() > 1:
    cairn.finished()
    sys.exit()
with open("told.txt", "w") as told:
    while True:
        print(round(time.time(), 2), cairn.deadline(), file=told, flush=True)
        time.sleep(0.1)
