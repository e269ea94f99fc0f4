"""Cairn: training jobs that the cluster may stop at any time go on where they were, to the bit.

A run that saves and restores by itself:

    run = cairn.Run("checkpoints", save=cairn.every(minutes=10))
    run.track(model=model, optimizer=optimizer)
    for step in run.steps(10_000):
        ...
    run.finish(lambda: torch.save(model.state_dict(), "final.pt"))

And the contract with `cairn run` alone, for programs that save by themselves: stop_requested(), exit_for_requeue() and the rest, which need nothing but
the standard library. Import cairn first: from then on no warning kills the program.
"""

import importlib as _importlib
from typing import Any as _Any

from ._job import (
    DONE,
    NEVER_AGAIN,
    REQUEUE_FAILED,
    REQUEUE_ME,
    TERMINATED,
    attempt,
    checkpoint_dir,
    deadline,
    exit_for_requeue,
    finished,
    listen,
    never_again,
    report,
    stop_requested,
)
from ._checkpoints import Checkpoint, CheckpointInfo, StartFrom, checkpoints, load
from ._data import Batch
from ._trees import Tree
from ._workers import shield_workers
from .errors import (
    CairnError,
    ConditionError,
    FolderError,
    FolderInUseError,
    MismatchError,
    MisuseError,
    NoCheckpointError,
    NotWrittenError,
    RankError,
    SupersededError,
    UnreadableError,
    UntrackableError,
)
from .run import Outcome, OutcomeKind, Run
from .schedules import Policy, Schedule, every, keep_all, keep_best, keep_every, keep_last, never, optimal, within_overhead

__all__ = [
    "Batch",
    "CairnError",
    "Checkpoint",
    "CheckpointInfo",
    "ConditionError",
    "DONE",
    "FolderError",
    "FolderInUseError",
    "MismatchError",
    "MisuseError",
    "NEVER_AGAIN",
    "NoCheckpointError",
    "NotWrittenError",
    "Outcome",
    "OutcomeKind",
    "Policy",
    "REQUEUE_FAILED",
    "REQUEUE_ME",
    "RankError",
    "Run",
    "Schedule",
    "StartFrom",
    "SupersededError",
    "TERMINATED",
    "Tree",
    "UnreadableError",
    "UntrackableError",
    "attempt",
    "checkpoint_dir",
    "checkpoints",
    "deadline",
    "every",
    "exit_for_requeue",
    "finished",
    "keep_all",
    "keep_best",
    "keep_every",
    "keep_last",
    "listen",
    "load",
    "never",
    "never_again",
    "optimal",
    "report",
    "shield_workers",
    "stop_requested",
    "within_overhead",
]


def __getattr__(name: str) -> _Any:
    # What needs another package is loaded when it is asked for: cairn.lightning.CairnCallback.
    if name in ("accelerate", "lightning", "transformers"):
        return _importlib.import_module("." + name, __name__)
    if name == "__version__":  # the engine's: both are of one release
        from . import _library

        return _library.load().cairn_version().decode()
    raise AttributeError("module 'cairn' has no attribute '{}'".format(name))
