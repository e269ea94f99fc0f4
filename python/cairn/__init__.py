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

from ._job import (
    DONE, NEVER_AGAIN, REQUEUE_FAILED, REQUEUE_ME, TERMINATED, attempt, checkpoint_dir, deadline, exit_for_requeue, finished, listen, never_again,
    stop_requested)
from ._data import Batch
from .errors import (
    CairnError, ConditionError, FolderError, FolderInUseError, MismatchError, MisuseError, NoCheckpointError, NotWrittenError, RankError, SupersededError,
    UnreadableError, UntrackableError)
from .run import Outcome, OutcomeKind, Run
from .schedules import Policy, Schedule, every, keep_all, keep_best, keep_every, keep_last, never, optimal, within_overhead

__all__ = [
    "Batch", "CairnError", "ConditionError", "DONE", "FolderError", "FolderInUseError", "MismatchError", "MisuseError", "NEVER_AGAIN", "NoCheckpointError",
    "NotWrittenError", "Outcome", "OutcomeKind", "Policy", "REQUEUE_FAILED", "REQUEUE_ME", "RankError", "Run", "Schedule", "SupersededError", "TERMINATED",
    "UnreadableError", "UntrackableError", "attempt", "checkpoint_dir", "deadline", "every", "exit_for_requeue", "finished", "keep_all", "keep_best",
    "keep_every", "keep_last", "listen", "never", "never_again", "optimal", "stop_requested", "within_overhead"]
