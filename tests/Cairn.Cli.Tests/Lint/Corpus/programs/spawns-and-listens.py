import signal
import torch.multiprocessing as mp

stop = mp.Event()
signal.signal(signal.SIGUSR1, lambda *_: stop.set())
mp.spawn(print, args=(stop,), nprocs=4)  # each saves a checkpoint when stop is set
