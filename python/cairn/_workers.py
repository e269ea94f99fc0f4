"""A data loader's workers live through a TERM that is meant for the program.

`timeout`, a kill of the process group and Slurm's proctrack/linuxproc send the program's TERM to its workers as well. They would die of it, as
processes do, and a program without its workers comes to no step boundary at which it could save.
"""

import copy
import multiprocessing
import multiprocessing.context
import os
import signal
import threading
import time
from typing import Any, Set, TypeVar, cast

from . import _arrays as arrays
from . import _job
from .errors import MisuseError

Loader = TypeVar("Loader")


def shield_workers(loader: Loader) -> Loader:
    """Lets the workers of a DataLoader, of a validation say, live through a TERM that goes to all processes of the program, as those of run.batches() do.

    It is the loader that is returned, changed: workers that it starts from now on are ended by the program (with KILL) or by its end. Nothing is done to
    one without workers. A MisuseError if it is no torch.utils.data.DataLoader.
    """
    torch, changed = arrays.torch(), cast(Any, loader)
    if torch is None or not isinstance(changed, torch.utils.data.DataLoader):
        raise MisuseError("shield_workers() takes a torch.utils.data.DataLoader, and this is a {}".format(type(loader).__qualname__))
    if changed.num_workers > 0 and not isinstance(changed.worker_init_fn, _LiveOn):
        own = (multiprocessing if changed.multiprocessing_context is None else changed.multiprocessing_context).get_context()
        worker = _WORKERS.get(own.Process)
        if worker is None:
            _job._say(
                "warning: a TERM to all of the program's processes will end the loader's workers, for {} starts them, which is none of Python's own".format(
                    own.Process.__qualname__
                )
            )
            return loader
        changed.multiprocessing_context = copy.copy(own)
        changed.multiprocessing_context.Process = worker
        changed.worker_init_fn = _LiveOn(changed.worker_init_fn)
    return loader


class _LiveOn:
    """worker_init_fn: from here on no TERM ends the worker."""

    def __init__(self, begin: Any) -> None:
        self._begin = begin

    def __call__(self, number: int) -> None:
        if isinstance(multiprocessing.current_process(), _Worker):  # a loader made of this one's parts may have left the context out
            # A function and not SIG_IGN, which a program that the worker starts would inherit.
            signal.signal(signal.SIGTERM, _not_for_a_worker)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _signals())
            threading.Thread(target=_end_with_the_program, args=(_program(),), daemon=True).start()
        if self._begin is not None:
            self._begin(number)


def _program() -> int:
    program = multiprocessing.parent_process()
    return os.getppid() if program is None or isinstance(multiprocessing.current_process(), _Served) else program.pid or 0


def _end_with_the_program(program: int) -> None:
    # PyTorch looks as well, but not while a worker waits for room for its data, nor where the program was gone before the worker first looked.
    while os.getppid() == program:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGKILL)


def _not_for_a_worker(number: int, frame: Any) -> None:
    pass


def _signals() -> Set[int]:
    return {signal.SIGTERM, _job._State.warning or signal.SIGUSR2}


class _Worker:
    """The program ends such a process by KILL, for TERM says nothing to it."""

    _popen: Any
    _inherits = True

    def start(self) -> None:
        # What comes before the worker can say that it is not its own has to wait for that.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, _signals() if self._inherits else ())
        try:
            super().start()  # type: ignore[misc]
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        # Not only terminate() of this class: multiprocessing itself goes past it at the program's end.
        self._popen.terminate = self._popen.kill


class _Forked(_Worker, multiprocessing.context.ForkProcess):
    pass


class _Spawned(_Worker, multiprocessing.context.SpawnProcess):
    pass


class _Served(_Worker, multiprocessing.context.ForkServerProcess):
    _inherits = False  # from the server, which starts other processes, too


_WORKERS = {
    multiprocessing.context.ForkProcess: _Forked,
    multiprocessing.context.SpawnProcess: _Spawned,
    multiprocessing.context.ForkServerProcess: _Served,
}
