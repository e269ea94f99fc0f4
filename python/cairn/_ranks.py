"""Which rank this process is, and how the ranks that were started together find each other."""

import datetime
import os
import sys
import time
from typing import Any, List, Tuple

from . import _job
from .errors import MisuseError, RankError

_opened = 0


def options_of_place(patience: float) -> List[str]:
    """What the engine is told of this process's place among the ranks; nothing where Slurm's variables say it.

    Tasks of srun find each other by their job step. What another launcher starts (torchrun, accelerate, torch.multiprocessing.spawn) has none, and may be
    started anew within it: those ranks go by a word that rank 0 makes up, and hands on by the store of their process group, which is theirs alone.
    """
    rank, size = _job._place()
    if size < 2 or ((rank, size) == _tasks() and "TORCHELASTIC_RUN_ID" not in os.environ):
        return []
    distributed = sys.modules.get("torch.distributed")
    if distributed is None or not distributed.is_available() or not distributed.is_initialized():
        raise MisuseError(
            "this is rank {} of {}, and Slurm knows nothing of it: call torch.distributed.init_process_group() before cairn.Run(), so that the ranks find each "
            "other by it; or, without torch, give cairn.Run rank=, world_size= and launch=, a text that is the same on all ranks and another one at each "
            "start".format(rank, size),
            78,
        )
    return ["rank={}".format(rank), "world-size={}".format(size), "launch=" + _launch(distributed, rank, patience)]


def _launch(distributed: Any, rank: int, patience: float) -> str:
    global _opened
    _opened += 1
    key = "cairn/run/{}".format(_opened)
    store = distributed.distributed_c10d._get_default_store()
    if rank == 0:
        launch = os.urandom(16).hex()
        store.set(key, launch)
        return launch
    began = time.monotonic()
    try:
        store.wait([key], datetime.timedelta(seconds=patience))
    except RuntimeError as error:
        is_gone = time.monotonic() - began < patience
        raise RankError(
            "rank 0 {}: {}".format(
                (
                    "has ended before it opened its run: see its log"
                    if is_gone
                    else "did not open its run within {:.0f} s; every rank opens as many as it, in the same order".format(patience)
                ),
                error,
            )
        ) from None
    told = store.get(key)
    return told.decode() if isinstance(told, bytes) else str(told)


def _tasks() -> Tuple[int, int]:
    # This process among the tasks of Slurm's step.
    if not os.environ.get("SLURM_STEP_ID"):
        return 0, 1
    return _job._whole("SLURM_PROCID", 0), _job._whole("SLURM_STEP_NUM_TASKS", _job._whole("SLURM_NTASKS", 1))
