"""A training run that can be stopped at any time and goes on later where it was."""

import atexit
import ctypes
import enum
import os
import signal
import sys
from typing import Any, Callable, Iterator, List, Optional, Sequence, Union

from . import _job
from . import _library as native
from ._data import Batch, Data
from ._parts import RandomPart, ValuePart, part_of
from ._tables import TensorTable, ValueTable, read_tensors, read_values
from .errors import CairnError, MisuseError
from .schedules import Policies, Schedules, every, options_of

_RANDOM = "random"
_open_runs: List["Run"] = []


class OutcomeKind(enum.Enum):
    """How a run ended."""

    FINISHED = 0
    FINISHED_BEFORE = 1
    REQUEUED = 2
    STOPPED_FOR_GOOD = 3
    LEFT = 4
    UNSAVED = 5
    SUPERSEDED = 6


class Outcome:
    """How a run ended, and the exit code that says so to whoever started the program."""

    def __init__(self, kind: OutcomeKind, exit_code: int) -> None:
        self.kind = kind
        self.exit_code = exit_code

    @property
    def is_finished(self) -> bool:
        """Whether the run is at its end for good, now or before."""
        return self.kind in (OutcomeKind.FINISHED, OutcomeKind.FINISHED_BEFORE)

    def __repr__(self) -> str:
        return "Outcome({}, exit_code={})".format(self.kind.name, self.exit_code)


class Run:
    """A training run.

        run = cairn.Run("checkpoints", save=cairn.every(minutes=10))
        run.track(model=model, optimizer=optimizer)
        for step in run.steps(10_000):
            ...                                   # one optimizer step
        run.finish(lambda: torch.save(model.state_dict(), "final.pt"))

    It restores at its first step, looks at every step boundary whether something wants it to stop, saves when that is due, and at a stop saves, ends the
    loop and puts the job back in the queue. The random states of Python, NumPy and torch are part of it by themselves.

    folder: where the checkpoints are; default: CAIRN_CHECKPOINT_DIR, else "checkpoints".
    save: when to save, one schedule or several. keep: which checkpoints stay.
    mode: "asynchronous" (a copy is written behind the training), "synchronous", or "overlapped" (with before_optimizer_step()).
    strict: refuse to go on, instead of warning, when a condition of exactness (torch's version, threads) has changed.
    optional_parts: names of parts that a checkpoint may lack, or have although they are tracked no more.
    random_state: whether random states are tracked.
    options: further options of the engine as cairn.h lists them, by name with underscores: stop_file="...", max_attempts=5, requeue=False.
    """

    def __init__(
            self, folder: Optional[Union[str, "os.PathLike[str]"]] = None, *, save: Optional[Schedules] = None, keep: Optional[Policies] = None,
            mode: str = "asynchronous", strict: bool = False, optional_parts: Sequence[str] = (), random_state: bool = True, **options: Any) -> None:
        self._handle: Any = None
        _end_with_its_code()
        rank, size = _job._place()
        if size > 1 and (rank, size) != _tasks():
            raise MisuseError(
                "this is rank {} of {}, and Slurm knows nothing of it: the ranks of a cairn.Run are tasks of one srun, each its own. Below torchrun and its "
                "like stop together by cairn.stop_requested(step=...), and save by your own code, as docs/python.md says".format(rank, size), 78)
        self._library = native.load()
        self._process = os.getpid()
        self._parts: List[Any] = []  # what the engine calls has to live
        self._error: Optional[BaseException] = None  # what a function of ours has thrown while the engine called it
        self._inside = False
        self._heard: List[int] = []
        self._has_wrapper = _job._path_from_wrapper("CAIRN_STATUS") is not None
        self._random_state = random_state
        self._begun = False
        self._step = ctypes.c_int64()
        texts = ["signals=host", "save-mode=" + mode, "strict=" + _yes(strict)] + options_of(every(minutes=10) if save is None else save)
        texts += options_of(keep) if keep is not None else []
        texts += ["optional-parts=" + ",".join(optional_parts)] if optional_parts else []
        texts += ["{}={}".format(name.replace("_", "-"), _yes(value) if isinstance(value, bool) else value) for name, value in options.items()]
        array = (ctypes.c_char_p * (len(texts) + 1))(*[text.encode() for text in texts], None)
        handle = ctypes.c_void_p()
        self._call(self._library.cairn_open, None if folder is None else os.fsencode(folder), array, ctypes.byref(handle))
        self._handle = handle
        if not _open_runs:
            _job._State.tell = _tell
        _open_runs.append(self)
        if _job._State.requested:  # before the run was opened
            self._hear(signal.SIGTERM if _job._State.termed else _job._State.warning or signal.SIGUSR2)

    # ---- the state ----

    def track(self, **parts: Any) -> None:
        """Makes parts of the state known, by their names: all of them before the first step.

        Anything with state_dict() and load_state_dict() (modules, optimizers, schedulers, gradient scalers, moving averages), tensors, arrays,
        generators of random numbers; and dictionaries and lists, which are put back in place. What is in a state_dict() and is no tensor is kept as a
        value of its type, never pickled; what has no such form is an error that names its path, now and not after hours.
        """
        for name, thing in parts.items():
            self._track(name, part_of(name, thing))

    def track_value(self, name: str, get: Callable[[], Any], set: Callable[[Any], None]) -> None:
        """Makes a number, a flag or a text known, by functions that get and set it."""
        self._track(name, ValuePart(get, set))

    def track_per_rank(self, **parts: Any) -> None:
        """With several ranks: makes parts known of which each rank has its own, 64 KiB at most: a generator, say. Each gets back its own."""
        for name, thing in parts.items():
            part = part_of(name, thing)
            part.ranks = native.OWN
            self._track(name, part)

    def _track(self, name, part):
        if name == _RANDOM and not isinstance(part, RandomPart) and self._random_state:
            raise MisuseError("'random' is the name of the random states, which are tracked by themselves (random_state=False leaves them out)")
        _describe(name, part)  # what cannot be saved is found now
        table = {}

        def describe(host, state):
            return self._answer(lambda: table.update(now=_fill_state(_describe(name, part), state.contents)))

        def differences(host, saved):
            return self._answer(lambda: [
                self._library.cairn_difference(saved, one.encode("utf-8"))
                for one in part.differences(read_tensors(saved.contents), read_values(saved.contents))])

        def restore(host, saved):
            def read(leaves):
                targets = TensorTable(leaves)
                code = self._library.cairn_read(saved, targets.address, targets.count)
                if code != native.OK:
                    raise native.error(self._library, code)

            return self._answer(lambda: _named(name, lambda: part.restore(read_tensors(saved.contents), read_values(saved.contents), read)))

        functions = native.Part(
            native.DESCRIBE(describe), native.SAVED(differences), native.SAVED(restore), None, part.ranks, 0)
        self._call(self._library.cairn_track_part, self._handle, name.encode("utf-8"), ctypes.byref(functions))
        self._parts.append((functions, part, table))

    def _begin(self):
        if not self._begun and self._random_state:
            self._track(_RANDOM, RandomPart())
        self._begun = True

    # ---- the loop ----

    def steps(self, count: int) -> Iterator[int]:
        """The numbers of the steps that are still to do, of `count` in all, for one `for`.

        The first restores; between two lies the step boundary, where the run is saved when that is due, and ended when something wants it to stop. A
        step that is left by `break` or an exception is not saved: nobody knows whether its state is whole.
        """
        self._begin()
        self._call(self._library.cairn_steps, self._handle, count)
        return _Steps(self)

    def batches(self, loader: Any, epochs: int) -> Iterator[Batch]:
        """The batches of a torch.utils.data.DataLoader that are still to do, of so many epochs in all, for one `for`. A step is a batch.

            for batch in run.batches(loader, epochs=20):
                inputs, targets = batch
                ...
                if batch.ends_epoch:
                    scheduler.step()

        The order, and the random numbers that a sample is augmented with, are functions of the run's seed (torch's, when this is called first), the epoch
        and the place in it: the same however often the run is cut and however many workers there are. The loader's sampler, collate_fn, workers, pinning
        and prefetching are its own; its samplers may draw from Python's, NumPy's and torch's generators and from their own `generator`.
        """
        data = Data(loader)
        self._track("batches", data.part)
        return _Batches(data, self.steps(epochs * data.part.batches))

    def restore(self) -> int:
        """Restores the newest checkpoint that is whole, and says how many steps are done: 0 where there is none. steps() does it by itself.

        Between this and the loop the program can look at the state, or change something on purpose, a learning rate say.
        """
        self._begin()
        self._call(self._library.cairn_restore, self._handle, ctypes.byref(self._step))
        return self._step.value

    def boundary(self, steps_done: int, last: bool = False) -> bool:
        """The step boundary of a loop of one's own, behind restore(): whether to go on."""
        go_on = ctypes.c_int32()
        self._ask_wrapper()
        self._call(self._library.cairn_boundary, self._handle, steps_done, int(last), ctypes.byref(go_on))
        return go_on.value != 0

    def report(self, **metrics: float) -> None:
        """Reports values of the step in whose body this is called: run.report(val_loss=0.3). That step's checkpoint carries them."""
        for name, value in metrics.items():
            self._call(self._library.cairn_report, self._handle, name.encode("utf-8"), float(value))

    def save_at_boundary(self) -> None:
        """Asks for a save at the next step boundary, whatever the schedule says."""
        self._call(self._library.cairn_save_at_boundary, self._handle)

    def before_optimizer_step(self) -> None:
        """With mode="overlapped": in every step, right before the optimizer changes the parameters."""
        self._call(self._library.cairn_before_optimizer_step, self._handle)

    def complete(self) -> None:
        """The step in progress is the last one (early stopping). Let the loop come to its end by itself: no `break` behind this."""
        self._call(self._library.cairn_complete, self._handle)

    def request_stop(self, reason: str) -> None:
        """Asks the run to stop: it saves at the next step boundary and ends, and is not put back in the queue."""
        self._call(self._library.cairn_request_stop, self._handle, reason.encode("utf-8"))

    @property
    def stop_requested(self) -> bool:
        """Whether the run should come to a step boundary soon, for loops that it does not see (evaluation)."""
        answer = ctypes.c_int32()
        self._ask_wrapper()
        self._call(self._library.cairn_stop_requested, self._handle, ctypes.byref(answer))
        return answer.value != 0

    # ---- the end ----

    def finish(self, last_work: Optional[Callable[[], Any]] = None, *, exit: bool = True) -> Outcome:
        """The last statement. When all steps are done: does the last work and marks the run as finished, so that another start does nothing. When the
        run was stopped: puts the job back in the queue, which ends this process.

        Where the program should end with another exit code than 0 (requeued by the wrapper, stopped for good, left), this raises SystemExit with it;
        exit=False leaves that to the program, which finds it in the outcome.
        """
        def work(host):
            self._inside = False
            return self._answer(last_work)

        callback = native.WORK(work) if last_work is not None else native.WORK()
        outcome = native.Outcome()
        self._call(self._library.cairn_finish, self._handle, callback, None, ctypes.byref(outcome))
        ended = Outcome(OutcomeKind(outcome.kind), outcome.exit_code)
        steps = self.steps_done
        self.close()
        if exit and ended.exit_code != 0:
            if ended.exit_code == _job.REQUEUE_ME:
                _job._tell("stopped", step=steps)  # a launcher in between would make 1 of the exit code
            raise SystemExit(ended.exit_code)
        return ended

    def close(self) -> int:
        """Ends the run; finish() does it, too. Without finish() before, a run that something wanted to stop is put back in the queue as there, but none is
        marked as finished. Gives the exit code that the program should end with."""
        if self._handle is None or os.getpid() != self._process:
            return 0
        handle, code = self._handle, ctypes.c_int32()
        _open_runs.remove(self)
        if not _open_runs:
            _job._State.tell = None
        try:
            self._call(self._library.cairn_close, handle, ctypes.byref(code))
        finally:
            self._handle = None
            self._parts.clear()
        return code.value

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        code = self.close()
        if code != 0 and kind is None:
            raise SystemExit(code)

    # ---- what it knows ----

    @property
    def steps_done(self) -> int:
        """Completed steps, of all attempts together."""
        return self._look().steps_done

    @property
    def attempt(self) -> int:
        """How many lives this run has had, this one included."""
        return self._look().attempt

    @property
    def rank(self) -> int:
        """This process's rank, from 0."""
        return self._look().rank

    @property
    def world_size(self) -> int:
        """The number of ranks."""
        return self._look().world_size

    @property
    def finished_before(self) -> bool:
        """Whether an earlier attempt came to the end. Known after the first step or restore()."""
        return self._look().finished_before != 0

    @property
    def deadline(self) -> Optional[float]:
        """When the job ends, in unix seconds, as far as it is known now; None without a limit."""
        return self._look().deadline or None

    @property
    def folder(self) -> str:
        """The checkpoint folder as a full path."""
        self._look()
        return os.fsdecode(self._library.cairn_folder(self._handle))

    def _look(self):
        info = native.Info()
        self._call(self._library.cairn_look, self._handle, ctypes.byref(info))
        return info

    # ---- across the border ----

    def _call(self, function, *arguments):
        if os.getpid() != self._process:
            raise MisuseError("this process was forked from process {}, which has the run: only that one can use it".format(self._process))
        if arguments and arguments[0] is None and function is not self._library.cairn_open:
            raise MisuseError("the run is closed")
        self._inside = True
        try:
            code = function(*arguments)
        finally:
            self._inside = False
        if self._heard:
            self._flush()
        if code > native.STEP:
            thrown, self._error = self._error, None
            if thrown is not None:
                raise thrown
            raise native.error(self._library, code)
        return code

    # Nothing is thrown through the engine: what a function of ours throws waits, and goes on where the program called the engine.
    def _answer(self, work):
        try:
            work()
            return 0
        except BaseException as error:
            self._error = error
            self._library.cairn_fail(str(error).encode("utf-8", "replace"))
            return 1

    # Below a launcher, or in a container, no signal may come: the wrapper's file says it, too. Read twice a second, until it does.
    def _ask_wrapper(self):
        if self._has_wrapper and _job._status().get("stop_requested") is True:
            self._has_wrapper = False
            if not _job._State.requested:
                self._hear(_job._State.warning or signal.SIGUSR2)

    # A handler runs between two lines of Python, which may be while the engine has called one of our functions: it is told when it has returned.
    def _hear(self, number):
        self._heard.append(number)
        if not self._inside:
            self._flush()

    def _flush(self):
        while self._heard:
            self._library.cairn_signal(self._handle, self._heard.pop(0))


class _Steps:
    def __init__(self, run):
        self._run = run
        self._next = run._library.cairn_next
        self._step = ctypes.c_int64()
        self._place = ctypes.byref(self._step)

    def __iter__(self):
        return self

    def __next__(self):
        run = self._run
        if run._has_wrapper:
            run._ask_wrapper()
        if run._handle is None or run._call(self._next, run._handle, self._place) != native.STEP:
            raise StopIteration
        return self._step.value


class _Batches:
    def __init__(self, data, steps):
        self._data, self._steps = data, steps

    def __iter__(self):
        return self

    def __next__(self):
        return self._data.at(next(self._steps))


def _describe(name, part):
    return _named(name, part.describe)


def _named(name, work):
    try:
        return work()
    except CairnError as error:
        if not error.args[0].startswith("part '"):
            error.args = ("part '{}': {}".format(name, error.args[0]),)
        raise


def _fill_state(described, state):
    tensors, values, conditions = (
        TensorTable(described.tensors), ValueTable(described.values), ValueTable([(name, text, 0) for name, text in described.conditions]))
    state.tensors, state.tensor_count = tensors.address, tensors.count
    state.values, state.value_count = values.address, values.count
    state.conditions, state.condition_count = conditions.address, conditions.count
    return tensors, values, conditions, described


def _tasks():
    # This process among the tasks of Slurm's step.
    if not os.environ.get("SLURM_STEP_ID"):
        return 0, 1
    return _job._whole("SLURM_PROCID", 0), _job._whole("SLURM_STEP_NUM_TASKS", _job._whole("SLURM_NTASKS", 1))


def _yes(flag):
    return "yes" if flag else "no"


def _tell(number):
    for run in list(_open_runs):
        run._hear(number)


def _close_all():
    for run in list(_open_runs):
        run.close()


def _end_with_its_code():
    """An error of Cairn's that nothing catches ends the program with its exit code: 78 where another start would fail in the same way."""
    before = sys.excepthook
    if getattr(before, "_is_cairns", False):
        return

    def hook(kind, error, trace):
        before(kind, error, trace)
        if isinstance(error, CairnError):
            if error.exit_code == _job.NEVER_AGAIN:
                _job._tell("never", why=str(error)[:_job._LONGEST_REASON])  # as above
            raise SystemExit(error.exit_code)

    hook._is_cairns = True  # type: ignore[attr-defined]
    sys.excepthook = hook


atexit.register(_close_all)
