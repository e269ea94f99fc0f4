"""A run in a training loop that belongs to somebody else."""

import json
import os
import sys
import uuid
from typing import Any, Callable, Dict, NoReturn

from . import _job
from ._parts import StatePart
from .run import Run

_LOGGERS = "loggers{}.json"


class Guest:
    """The run, and how a loop is left that does not ask it."""

    def __init__(self, folder: Any, save: Any, keep: Any, mode: Any, options: Any) -> None:
        self._folder, self._arguments = folder, dict(options, save=save, keep=keep, mode=mode)
        self.run: Any = None

    def open(self) -> Any:
        self.run = Run(self._folder, **self._arguments)
        return self.run

    def boundary(self, steps: int, last: bool = False) -> None:
        """A step boundary. At a stop the state is saved, and this does not return."""
        if not self.run.boundary(steps, last) and not last:
            self.leave()

    def leave(self) -> NoReturn:
        """Ends the run as run.finish() does, and the program with it."""
        raise SystemExit(self.finish(exit=True).exit_code)

    def finish(self, exit: bool = False) -> Any:
        run, self.run = self.run, None
        return run.finish(exit=exit)


class LatePart(StatePart):
    """A state that is put in its place later than it is restored: when what has it is made, or behind hooks that would change it."""

    def __init__(self, thing: Any, get: Callable[[], Any], put: Callable[[Any], Any]) -> None:
        super().__init__(thing, get, put, is_open=True)

    def _check(self, leaves: Any, values: Any) -> None:
        pass


def say(text: str) -> None:
    """One line to the log, once for all ranks."""
    if _job._place()[0] == 0:
        print("cairn: " + text, file=sys.stderr, flush=True)


class LoggerIds:
    """What a logger of the first start was called, for the later ones to write into the same: in a file beside the checkpoints, since a job that is
    killed before its first save has a logger, too."""

    def __init__(self, folder: Any) -> None:
        task = _job._task()  # each element of a job array has loggers of its own
        self._path = os.path.join(
            _job.checkpoint_dir("checkpoints") if folder is None else os.fspath(folder), _LOGGERS.format("-{}".format(task) if task else "")
        )
        self.ids: Dict[str, Any] = {}
        try:
            with open(self._path, encoding="utf-8") as file:
                self.ids = dict(json.load(file).items())
        except FileNotFoundError:
            pass
        except (ValueError, AttributeError) as error:
            say("{} cannot be read ({}), so loggers begin anew".format(self._path, error))

    def get(self, name: str, make: Any) -> Any:
        """The id by this name; a new one at the first start."""
        if name not in self.ids:
            self.ids[name] = make()
            self._write()
        return self.ids[name]

    def _write(self) -> None:
        if _job._place()[0] != 0:
            return
        os.makedirs(os.path.dirname(os.path.abspath(self._path)), exist_ok=True)
        new = "{}.{}.new".format(self._path, os.getpid())
        with open(new, "w", encoding="utf-8") as file:
            json.dump(self.ids, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self._path)

    def wandb(self) -> None:
        """Weights & Biases takes the run's id from the environment: the same in each start, unless the program has one of its own. It is the first rank's,
        which is the one that logs: two processes cannot be one run of it."""
        if "WANDB_RUN_ID" not in os.environ and _job._place()[0] == 0:
            os.environ["WANDB_RUN_ID"] = self.get("wandb", lambda: uuid.uuid4().hex[:8])
            os.environ.setdefault("WANDB_RESUME", "allow")
