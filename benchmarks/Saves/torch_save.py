# torch.save of the same state, driven by the benchmark: for every line "PATH FSYNC" on its input it saves once and answers
# with the seconds that it took. The first answer is torch's version.
import os
import sys
import time

import torch

torch.set_num_threads(int(sys.argv[2]))
elements = int(sys.argv[1])
count = 12
state = {f"weight{i}": torch.randn(elements // count) for i in range(count)}
print(torch.__version__, flush=True)
for line in sys.stdin:
    path, fsync = line.split()
    began = time.perf_counter()
    with open(path, "wb") as file:
        torch.save(state, file)
        if fsync == "1":
            file.flush()
            os.fsync(file.fileno())
    print(time.perf_counter() - began, flush=True)
