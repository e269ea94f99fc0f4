import signal
signal.signal(signal.SIGINT, lambda *_: print("saving"))
# loads its checkpoint
