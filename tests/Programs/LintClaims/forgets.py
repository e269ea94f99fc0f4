# Begins from the start in every attempt. Until the file "end" is there.
import os
import time

print("begins at step 0", flush=True)
while not os.path.exists("end"):
    time.sleep(0.1)
print("training complete", flush=True)
