"""A data loader's workers live through a TERM that is meant for the program.

`timeout`, a kill of the process group and Slurm's proctrack/linuxproc send the program's TERM to its workers as well. They would die of it, as
processes do, and a program without its workers comes to no step boundary at which it could save.
"""

import copy
import multiprocessing
import multiprocessing.context
import multiprocessing.popen_fork
import multiprocessing.popen_spawn_posix
import multiprocessing.resource_tracker
import multiprocessing.util
import os
import signal
import threading
import time
from typing import Any, Iterable, Set, TypeVar, cast

from . import _arrays as arrays
from . import _job
from .errors import MisuseError

Loader = TypeVar("Loader")


def shield_workers(loader: Loader) -> Loader:
    """Lets the workers of a DataLoader, of a validation say, live through a TERM that goes to all processes of the program, as those of run.batches() do.

    It is the loader that is returned, changed: workers that it starts from now on, by the start method of now, are ended by the program (with KILL) or by
    its end. Nothing is done to one without workers; where workers are started by a fork server, or in a way of somebody's own, a line says that nothing is
    done. A MisuseError if it is no torch.utils.data.DataLoader.
    """
    torch, changed = arrays.torch(), cast(Any, loader)
    if torch is None or not isinstance(changed, torch.utils.data.DataLoader):
        raise MisuseError("shield_workers() takes a torch.utils.data.DataLoader, and this is a {}".format(type(loader).__qualname__))
    if changed.num_workers == 0:
        return loader
    # Not get_context(), which would settle the program's start method.
    method = multiprocessing.get_start_method(allow_none=True) or multiprocessing.get_all_start_methods()[0]
    context: Any = changed.multiprocessing_context or multiprocessing.get_context(method)
    worker = _WORKERS.get(context.Process)
    if worker is None:  # a fork server dies of TERM itself, and its children see that as their program's end
        _job._say(
            "warning: a TERM to all of the program's processes will end the loader's workers, for they are started by {}: "
            "give it multiprocessing_context='fork' or 'spawn'".format(getattr(context.Process, "__qualname__", context.Process))
        )
        return loader
    if worker is _Spawned:  # or the warning would end the process that looks after what they share
        with _Blocked():
            multiprocessing.resource_tracker.ensure_running()
    if worker is not context.Process:
        changed.multiprocessing_context = copy.copy(context)
        changed.multiprocessing_context.Process = worker
    if not isinstance(changed.worker_init_fn, _LiveOn):
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
            program = cast(Any, multiprocessing.parent_process()).pid
            threading.Thread(target=_end_with_the_program, args=(program,), daemon=True).start()
        if self._begin is not None:
            self._begin(number)


def _not_for_a_worker(number: int, frame: Any) -> None:
    pass


def _end_with_the_program(program: int) -> None:
    # PyTorch looks as well, but not while a worker waits for room for its data, nor where the program was gone before the worker first looked.
    while os.getppid() == program:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGKILL)


def _signals() -> Set[int]:
    return {signal.SIGTERM, _job._State.warning or signal.SIGUSR2}


class _Blocked:
    """For this thread, and for what it starts meanwhile."""

    def __enter__(self) -> None:
        self._mask: Iterable[int] = signal.pthread_sigmask(signal.SIG_BLOCK, _signals())

    def __exit__(self, *error: object) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)


class _Worker:
    def start(self) -> None:
        # What comes before the worker can say that it is not its own has to wait for that.
        with _Blocked():
            super().start()  # type: ignore[misc]


class _Killed:
    """How the program ends a worker, and multiprocessing at the program's end, for TERM says nothing to it."""

    def terminate(self) -> None:
        if multiprocessing.util.is_exiting() and threading.current_thread() is threading.main_thread():
            # PyTorch's handler would call that a worker's failure, and break the program's end off.
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.kill()  # type: ignore[attr-defined]


class _KilledFork(_Killed, multiprocessing.popen_fork.Popen):
    pass


class _KilledSpawn(_Killed, multiprocessing.popen_spawn_posix.Popen):
    pass


class _Forked(_Worker, multiprocessing.context.ForkProcess):
    @staticmethod
    def _Popen(process_obj: Any) -> Any:
        return _KilledFork(process_obj)


class _Spawned(_Worker, multiprocessing.context.SpawnProcess):
    @staticmethod
    def _Popen(process_obj: Any) -> Any:
        return _KilledSpawn(process_obj)


_WORKERS: Any = {
    multiprocessing.context.ForkProcess: _Forked,
    multiprocessing.context.SpawnProcess: _Spawned,
    _Forked: _Forked,
    _Spawned: _Spawned,
}
