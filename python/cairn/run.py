"""A training run that can be stopped at any time and goes on later where it was."""

import atexit
import ctypes
import enum
import operator
import os
import signal
import sys
import threading
import time
from typing import Any, Callable, Dict, Iterator, List, NoReturn, Optional, Sequence, Union

from . import _job
from . import _library as native
from ._devices import Devices
from ._calls import describe_part, name_choice, part_functions
from ._checkpoints import StartFrom
from ._data import Batch, Data, refuse_own_iteration
from ._gradients import Gradients
from ._order import Order, order_of
from ._parts import ModulePart, OptimizerPart, Part, RandomPart, StatePart, ValuePart, named, part_of
from ._ranks import options_of_place
from .errors import CairnError, FolderInUseError, MisuseError, UntrackableError
from .schedules import Policies, Schedules, every, options_of_keep, options_of_save

_RANDOM = "random"
_MOST_TO_BROADCAST = 64 << 10
_NEVER = ("hang_factor",)  # options of which None is a choice
_open_runs: List["Run"] = []
_PATIENCE_AT_EXIT = 60.0  # seconds
_HOLD_AT_EXIT = 5.0  # seconds
_NO_WORK: Any = ctypes.cast(0, native.WORK)  # a null pointer


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
    mode: "asynchronous" (a copy is written behind the training), "synchronous", or "overlapped" (what an optimizer's step
        alone changes is copied until that comes: see before_optimizer_step()).
    strict: refuse to go on, instead of warning, when a condition of exactness (torch's version, threads) has changed.
    optional_parts: names of parts that a checkpoint may lack, or have although they are tracked no more.
    random_state: whether random states are tracked.
    start_from: where to begin as long as the run has no checkpoint of its own: StartFrom(...), or the folder of another run to go on from.
    options: further options of the engine as cairn.h lists them, by name with underscores: stop_file="...", max_attempts=5, requeue=False.
    """

    def __init__(
        self,
        folder: Optional[Union[str, "os.PathLike[str]"]] = None,
        *,
        save: Optional[Schedules] = None,
        keep: Optional[Policies] = None,
        mode: str = "asynchronous",
        strict: bool = False,
        optional_parts: Sequence[str] = (),
        random_state: bool = True,
        notify: Sequence[str] = (),
        start_from: Optional[Union[StartFrom, str, "os.PathLike[str]"]] = None,
        **options: Any,
    ) -> None:
        self._handle: Any = None
        _end_with_its_code()
        patience = options.get("rank_patience_seconds")
        self._patience = 180.0 if patience is None else float(patience)
        texts = [] if "world_size" in options else options_of_place(self._patience)
        self._library = native.load()
        self._process = os.getpid()
        self._kept: List[Any] = []  # what the engine calls has to live
        self._error: Optional[BaseException] = None  # what a function of ours has thrown while the engine called it
        self._devices = Devices(self._answer, mode == "overlapped", self._is_copying)
        self._inside = False
        self._mover: Optional[int] = None  # the thread that moves it on
        self._ending: Optional[int] = None  # the thread that is to close it, because the program ends
        self._closer: Optional[int] = None  # that thread, while it does
        self._heard: List[int] = []
        self._waiting: List[int] = []  # those of them of which the program's own handlers do not know yet
        self._has_wrapper = _job._path_from_wrapper("CAIRN_STATUS") is not None
        self._random_state = random_state
        self._begun = self._has_loop = False
        self._step = ctypes.c_int64()
        self._is_replicated = options.get("replicated_values") is True
        self._is_overlapped = mode == "overlapped"
        self._gate_passed: Optional[bool] = None  # in this step; None where the program sees to it by itself
        self._hooks: List[Any] = []
        self._modules: Dict[str, ModulePart] = {}
        self._states: Dict[str, StatePart] = {}
        self._parts: Dict[str, Part] = {}
        self._undecided: List[Gradients] = []  # of which nobody knows yet whether a step goes on with those of the one before
        texts += ["signals=host", "save-mode={}".format(mode), "strict=" + _yes(strict, "strict")]
        texts += options_of_save(every(minutes=10) if save is None else save) + (options_of_keep(keep) if keep is not None else [])
        texts += ["optional-parts=" + ",".join(_words("optional_parts", optional_parts, ","))] if optional_parts else []
        texts += ["notify=" + word for word in _words("notify", notify)]
        texts += [
            "{}={}".format(name.replace("_", "-"), _option(value)) for name, value in options.items() if value is not None or name in _NEVER
        ]
        handle = ctypes.c_void_p()
        try:
            self._call(self._library.cairn_open, None if folder is None else native.path(folder), native.texts(texts), ctypes.byref(handle))
            self._call(self._library.cairn_on_memory, handle, self._devices.on_memory, None)
            self._handle = handle
        except FolderInUseError as error:
            if _open_runs:  # a cell of a notebook that was interrupted, and is run again
                error.args = (
                    error.args[0] + " This very program has a run open: close that first, by close() or by `with cairn.Run(...) as run:`",
                )
            raise
        except BaseException:
            if handle:
                self._library.cairn_close(handle, None)  # Ctrl-C came when it was open
            raise
        self._rank = self._look().rank
        if start_from is not None:
            self._start_from(start_from if isinstance(start_from, StartFrom) else StartFrom(start_from))
        if not _open_runs:
            _job._listen_here()
            _job._State.tell, _job._State.report = _tell, _report
            _take_interrupts()
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
        for name in parts:
            if isinstance(parts[name], (dict, list)) and sys.getrefcount(parts[name]) <= _ALONE:
                raise UntrackableError(
                    "part '{}' is a {} that nothing else refers to, so what is put back into it would reach nobody: track the thing itself and not its "
                    "state_dict() (scheduler=scheduler), or give it a name first".format(name, type(parts[name]).__name__),
                    78,
                )
        for name, thing in parts.items():
            self._track(name, part_of(name, thing))

    def track_value(self, name: str, get: Callable[[], Any], set: Callable[[Any], None]) -> None:
        """Makes a number, a flag or a text known, by functions that get and set it."""
        self._track(name, named(name, lambda: ValuePart(get, set)))

    def track_per_rank(self, **parts: Any) -> None:
        """With several ranks: makes parts known of which each rank has its own, 64 KiB at most: a generator, say. Each gets back its own."""
        for name, thing in parts.items():
            part = part_of(name, thing)
            part.ranks = native.OWN
            self._track(name, part)

    def _track(self, name: str, part: Part) -> None:
        if name == _RANDOM and not isinstance(part, RandomPart) and self._random_state:
            raise MisuseError(
                "'random' is the name of the random states, which are tracked by themselves (random_state=False leaves them out)"
            )
        if part.own_buffers and self.world_size > 1 and not self._is_replicated:
            raise UntrackableError(
                "part '{}': with broadcast_buffers=False each rank has a {} of its own, of which rank 0's alone would be saved. Leave the option out, take "
                "SyncBatchNorm, or let all ranks go on with rank 0's: cairn.Run(..., replicated_values=True)".format(
                    name, part.own_buffers[0]
                ),
                78,
            )
        if isinstance(part, ModulePart):
            self._modules[name] = part
        elif type(part) is StatePart:
            self._states[name], part.modules = part, self._modules
        if isinstance(part, OptimizerPart):
            part.gradients.may_differ = not self._is_replicated and self.world_size > 1
            self._undecided.append(part.gradients)
            hook = getattr(part.optimizer, "register_step_pre_hook", None)  # from PyTorch 2.0 on
            if self._is_overlapped and hook is not None:
                self._hooks.append(hook(lambda *_: self._pass_gate()))
                self._gate_passed = False
        describe_part(name, part)  # what cannot be saved is found now
        functions, kept = part_functions(name, part, self._library, self._answer, self._rank, self._devices)
        self._move(self._library.cairn_track_part, self._handle, native.text(name), ctypes.byref(functions))
        self._kept.append((functions, kept))
        self._parts[name] = part

    def _start_from(self, begin: StartFrom) -> None:
        try:
            names, kept = name_choice(begin.saved_name, begin.strict, self._answer)
            self._kept.append(kept)
            self._call(self._library.cairn_start_from, self._handle, native.path(begin.source), native.texts(begin._options()), names)
        except BaseException:
            self._library.cairn_close(self._handle, None)
            raise

    def _begin(self) -> None:
        if self._begun:
            return
        for name, part in self._states.items():
            for alias in named(name, part.aliases):
                raise UntrackableError(
                    "part '{}': {}: what is put back into a {} are other tensors, and the two would part. Leave it out, since that is tracked, or track a copy "
                    "(copy.deepcopy(model.state_dict()))".format(name, alias, part.kind),
                    78,
                )
        for name, tracked in self._parts.items():
            missing = tracked.missing(self._parts)
            if missing is not None:
                raise UntrackableError("part '{}': {}".format(name, missing), 78)
        if (self._parts or self._random_state) and all(isinstance(part, Order) for part in self._parts.values()):
            self._say(
                "nothing is tracked but {}: a stopped run goes on at its step, with a model and an optimizer that begin anew. Call run.track(model=model, "
                "optimizer=optimizer) before the first step, with whatever else changes".format(
                    "the order of the data" if self._parts else "random states"
                )
            )
        if self._random_state:
            self._track(_RANDOM, RandomPart())
        self._begun = True

    # By itself: what the call before has answered, and the signals that came meanwhile, are for others.
    def _is_copying(self) -> bool:
        info = native.Info()
        return self._handle is not None and self._library.cairn_look(self._handle, ctypes.byref(info)) == native.OK and info.copying != 0

    # Once for all ranks.
    def _say(self, words: str) -> None:
        if self._rank == 0:
            _job._say(words)

    # ---- the loop ----

    def steps(self, count: int) -> Iterator[int]:
        """The numbers of the steps that are still to do, of `count` in all, for one `for`.

        The first restores; between two lies the step boundary, where the run is saved when that is due, and ended when something wants it to stop. A
        step that is left by `break` or an exception is not saved: nobody knows whether its state is whole.
        """
        count = operator.index(count)  # NumPy's numbers, too
        self._one_loop()
        self._begin()
        self._move(self._library.cairn_steps, self._handle, count)
        self._has_loop = True
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
        epochs = operator.index(epochs)
        if epochs < 0:
            raise ValueError("there are no {} epochs".format(epochs))
        self._one_loop()
        refuse_own_iteration(loader)
        data = Data(
            loader, lambda loader: order_of(loader, self._rank, self.world_size, lambda content: self.broadcast(content, self._patience))
        )
        self._track("batches", data.order)
        return _Batches(self, data, epochs)

    def _one_loop(self) -> None:
        if self._has_loop and self._mover is None:  # else that is said
            raise MisuseError(
                "a run has one loop, and this one had it: put both phases into one (for step in run.steps(n): ..., which takes from the one loader or the "
                "other by its number), or make each a run of its own, in a folder of its own"
            )

    def restore(self) -> int:
        """Restores the newest checkpoint that is whole, and says how many steps are done: 0 where there is none. steps() does it by itself.

        Between this and the loop the program can look at the state, or change something on purpose, a learning rate say.
        """
        self._begin()
        self._move(self._library.cairn_restore, self._handle, ctypes.byref(self._step))
        return self._step.value

    def boundary(self, steps_done: int, last: bool = False) -> bool:
        """The step boundary of a loop of one's own, behind restore(): whether to go on."""
        go_on = ctypes.c_int32()
        self._ask_wrapper()
        if self._undecided:
            self._look_at_gradients()
        if self._gate_passed is not None:
            self._step_ends()
        self._move(self._library.cairn_boundary, self._handle, operator.index(steps_done), int(last), ctypes.byref(go_on))
        return go_on.value != 0

    def save(self, steps_done: int, wait: bool = True) -> None:
        """Saves there, in a loop of one's own, whatever the schedule says; also at a boundary that was told already. wait: until it is on the disk."""
        self._move(self._library.cairn_save, self._handle, operator.index(steps_done), int(wait))

    def report(self, **metrics: float) -> None:
        """Reports values of the step in whose body this is called: run.report(val_loss=0.3). That step's checkpoint carries them."""
        for name, value in metrics.items():
            try:
                number = float(value)
            except (TypeError, ValueError, RuntimeError) as error:
                raise TypeError(
                    "report({}=...) takes one number, and this is a {}: {}".format(name, type(value).__qualname__, error)
                ) from None
            self._call(self._library.cairn_report, self._handle, native.text(name), number)

    def save_at_boundary(self) -> None:
        """Asks for a save at the next step boundary, whatever the schedule says."""
        self._call(self._library.cairn_save_at_boundary, self._handle)

    def before_optimizer_step(self) -> None:
        """With mode="overlapped": in every step, right before the optimizer changes the parameters. From PyTorch 2.0 on a tracked optimizer does it by
        itself; call it where parameters are changed before that, or by something else."""
        self._move(self._library.cairn_before_optimizer_step, self._handle)
        if self._gate_passed is not None:
            self._gate_passed = True

    def complete(self) -> None:
        """The step in progress is the last one (early stopping). Let the loop come to its end by itself: no `break` behind this."""
        self._call(self._library.cairn_complete, self._handle)

    def request_stop(self, reason: str) -> None:
        """Asks the run to stop: it saves at the next step boundary and ends, and is not put back in the queue."""
        self._call(self._library.cairn_request_stop, self._handle, native.text(reason))

    @property
    def stop_requested(self) -> bool:
        """Whether the run should come to a step boundary soon, for loops that it does not see (evaluation)."""
        answer = ctypes.c_int32()
        self._ask_wrapper()
        self._call(self._library.cairn_stop_requested, self._handle, ctypes.byref(answer))
        return answer.value != 0

    @property
    def stop_reason(self) -> Optional[str]:
        """What wants the run to stop, in words: "USR2 from pid 123 (uid 0)"; None while nothing does."""
        if not self.stop_requested:
            return None
        reason = self._library.cairn_stop_reason(self._handle)
        return None if reason is None else str(reason, "utf-8")

    # ---- between ranks ----

    def broadcast(self, content: bytes = b"", limit: float = 60) -> bytes:
        """Gives all ranks what rank 0 has, 64 KiB at most: an id, a seed, a decision. Every rank calls it, as often and in the same order; what the others
        give is not looked at. limit: so many seconds it may take, else it is a RankError."""
        length = ctypes.c_size_t(len(content))
        if len(content) > _MOST_TO_BROADCAST:
            raise MisuseError(
                "{} bytes are more than the {} that can be sent to all ranks: this is for small things".format(
                    len(content), _MOST_TO_BROADCAST
                )
            )
        memory = ctypes.create_string_buffer(content, _MOST_TO_BROADCAST)
        self._call(self._library.cairn_broadcast, self._handle, memory, ctypes.byref(length), _MOST_TO_BROADCAST, limit)
        return memory.raw[: length.value]

    def barrier(self, limit: float = 60) -> None:
        """Waits until every rank is here, so many seconds at most: a RankError names those that are not. Every rank calls it, as often and in the same
        order."""
        self._call(self._library.cairn_barrier, self._handle, limit)

    # ---- the end ----

    def finish(self, last_work: Optional[Callable[[], Any]] = None, *, exit: bool = True) -> Outcome:
        """The last statement. When all steps are done: does the last work and marks the run as finished, so that another start does nothing. When the
        run was stopped: puts the job back in the queue, which ends this process.

        Where the run has not finished this raises SystemExit with the exit code that says why (requeued by the wrapper, stopped for good, left); exit=False
        leaves that to the program, which finds it in the outcome.
        """

        def done() -> None:
            self._inside = False  # it may take long, and is the program's own
            try:
                self._flush()
                if last_work is not None:
                    last_work()
            finally:
                self._inside = True

        def work(host: Any) -> int:
            return self._answer(done)

        callback = native.WORK(work) if last_work is not None else _NO_WORK
        outcome = native.Outcome()
        self._move(self._library.cairn_finish, self._handle, callback, None, ctypes.byref(outcome))
        ended = Outcome(OutcomeKind(outcome.kind), outcome.exit_code)
        self.close()
        if exit and (ended.exit_code != 0 or not ended.is_finished):
            raise SystemExit(ended.exit_code)
        return ended

    def close(self) -> int:
        """Ends the run; finish() does it, too. Without finish() before, a run that something wanted to stop is put back in the queue as there, but none is
        marked as finished. Gives the exit code that the program should end with."""
        if self._handle is None or os.getpid() != self._process:
            return 0
        code = ctypes.c_int32()
        self._move(self._end, self._handle, ctypes.byref(code))
        return code.value

    # Nobody else is within, and _ending lets nobody in any more.
    def _close_at_end(self) -> None:
        try:
            self._closer = threading.get_ident()
            self._call(self._end, self._handle, ctypes.byref(ctypes.c_int32()))
        finally:
            try:
                self._devices.let_go()
            finally:
                self._closer = None

    def _end(self, handle: Any, code: Any) -> int:
        try:
            answer: int = self._library.cairn_close(handle, code)
        finally:
            self._handle = None
            self._kept.clear()
            self._parts.clear()
            for hook in self._hooks:
                hook.remove()
            _open_runs.remove(self)
            if not _open_runs:
                _job._State.tell = _job._State.report = None
                _leave_interrupts()
        return answer

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
        return int(self._look().steps_done)

    @property
    def steps_saved(self) -> int:
        """Completed steps in the newest checkpoint that is on the disk for good; 0 when there is none."""
        return int(self._look().steps_saved)

    @property
    def attempt(self) -> int:
        """How many lives this run has had, this one included."""
        return int(self._look().attempt)

    @property
    def rank(self) -> int:
        """This process's rank, from 0."""
        return int(self._look().rank)

    @property
    def world_size(self) -> int:
        """The number of ranks."""
        return int(self._look().world_size)

    @property
    def finished_before(self) -> bool:
        """Whether an earlier attempt came to the end. Known after the first step or restore()."""
        return bool(self._look().finished_before)

    @property
    def deadline(self) -> Optional[float]:
        """When the job ends, in unix seconds, as far as it is known now; None without a limit."""
        return self._look().deadline or None

    @property
    def folder(self) -> str:
        """The checkpoint folder as a full path."""
        self._look()
        folder = self._library.cairn_folder(self._handle)
        if folder is None:
            self._refuse(MisuseError("the run is closed"))
        return os.fsdecode(folder)

    def _look(self) -> native.Info:
        info = native.Info()
        self._call(self._library.cairn_look, self._handle, ctypes.byref(info))
        return info

    # ---- across the border ----

    def _call(self, function: Any, *arguments: Any) -> int:
        if os.getpid() != self._process:
            raise MisuseError("this process was forked from process {}, which has the run: only that one can use it".format(self._process))
        if arguments and arguments[0] is None and function is not self._library.cairn_open:
            self._refuse(MisuseError("the run is closed"))
        mover = self._closer or self._mover
        if mover is not None and mover != threading.get_ident():  # what it has heard, and what its functions have thrown, is its own
            code: int = function(*arguments)
            return self._checked(code, None)
        before, self._inside = self._inside, True  # a function of ours that the engine calls may call it, too
        try:
            code = function(*arguments)
        finally:
            self._inside = before
        return self._returned(code)

    # What a function of the engine's has answered.
    def _returned(self, code: int) -> int:
        thrown, self._error = self._error, None
        if self._heard:
            self._flush()
        return self._checked(code, thrown)

    def _checked(self, code: int, thrown: Optional[BaseException]) -> int:
        if code > native.STEP:
            if thrown is not None:
                raise thrown
            error = native.error(self._library, code)
            if self._ending is not None:
                self._refuse(error)
            raise error
        return code

    # What moves the run on: one at a time. Else the loop of one thread would seem to be at its end because another has closed the run, and a function of a
    # part, or a handler of the program's that comes while it runs, would take away what the engine is at work with.
    def _move(self, function: Any, *arguments: Any) -> int:
        if self._mover is not None or self._closer is not None:
            self._refuse(
                MisuseError(
                    "the run is at work just now: a tracked part's function, a signal's handler, the last work or another thread can look at it "
                    "and report, but not move it on"
                )
            )
        try:
            self._enter()
            return self._call(function, *arguments)
        finally:
            try:
                self._devices.let_go()
            finally:
                self._mover = None

    # Looked at behind it, whether the program ends: either this sees that, or the end sees the mover.
    def _enter(self) -> None:
        self._mover = threading.get_ident()
        if self._ending is not None and (self._ending != self._mover or self._closer is not None):
            self._mover = None
            self._refuse(MisuseError("the program is at its end, and closes the run"))

    # A thread that the program leaves behind is held instead, once the end closes the run: an error's text that comes while Python takes itself apart ends
    # the program by ABRT. Not for ever, since what else the end waits for may be in that thread's hands: a lock of logging's, say.
    def _refuse(self, error: Exception) -> NoReturn:
        if self._ending is not None and threading.get_ident() not in (self._ending, self._mover) and threading.current_thread().daemon:
            until = time.monotonic() + _PATIENCE_AT_EXIT
            while self._closer is not None and time.monotonic() < until:
                time.sleep(0.01)
            time.sleep(_HOLD_AT_EXIT)
        raise error

    # Whether this thread is within the run.
    def _is_within(self) -> bool:
        return threading.get_ident() in (self._mover, self._closer)

    # Nothing is thrown through the engine: what a function of ours throws waits, and goes on where the program called the engine.
    def _answer(self, work: Callable[[], Any]) -> int:
        try:
            work()
            return 0
        except BaseException as error:
            self._error = error
            if isinstance(error, StopIteration):  # which would end the loop without a word
                self._error = RuntimeError("a function that the run has called raised StopIteration")
                self._error.__cause__ = error
            self._library.cairn_fail(str(error).encode("utf-8", "replace"))
            return 1

    def _pass_gate(self) -> None:
        if not self._gate_passed and self._handle is not None and self._process == os.getpid():
            self.before_optimizer_step()

    # An optimizer's step may be left out: by a gradient scaler, or in a sum of gradients.
    def _step_ends(self) -> None:
        self._pass_gate()
        self._gate_passed = False

    def _look_at_gradients(self) -> None:
        self._undecided = [one for one in self._undecided if one.watch().is_undecided()]
        for one in self._undecided:
            one.watch().at_boundary()

    # Below a launcher, or in a container, no signal may come: the wrapper's file says it, too. Read twice a second, until it does.
    def _ask_wrapper(self) -> None:
        if self._has_wrapper and _job._status().get("stop_requested") is True:
            self._has_wrapper = False
            if not _job._State.requested:
                self._hear(_job._State.warning or signal.SIGUSR2)

    # A handler runs between two lines of Python, which may be while the engine has called one of our functions: it is told when it has returned. So is the
    # program's own handler, Ctrl-C's among them: what it throws where one of those functions begins or ends nobody would catch, and ctypes goes on with
    # any number as its answer. Whether that one has to wait.
    def _hear(self, number: int) -> bool:
        self._heard.append(number)
        if not self._inside:
            self._flush()
            return False
        if not self._is_within() or self._process != os.getpid():
            return False
        self._waiting.append(number)
        return True

    def _flush(self) -> None:
        while self._heard:
            number = self._heard.pop(0)
            if number != signal.SIGINT and self._handle is not None:
                self._library.cairn_signal(self._handle, number)
        while self._waiting:
            number = self._waiting.pop(0)
            if number == signal.SIGINT:
                signal.default_int_handler(number, None)
            _job._call_previous(number, None)


class _Alone:
    def track(self, **parts: Any) -> int:
        return sys.getrefcount(parts["one"])


_ALONE = _Alone().track(one=dict())  # how many refer to what nobody has but run.track()


class _Steps:
    def __init__(self, run: Run) -> None:
        self._run = run
        self._next = run._library.cairn_next
        self._step = ctypes.c_int64()
        self._place = ctypes.byref(self._step)

    def __iter__(self) -> "_Steps":
        return self

    # Every step comes here: what Run._move does, without what is for other calls.
    def __next__(self) -> int:
        run = self._run
        if run._has_wrapper:
            run._ask_wrapper()
        if run._undecided:
            run._look_at_gradients()
        if run._gate_passed is not None:
            run._step_ends()
        if run._mover is not None or run._handle is None:
            run._move(self._next, run._handle, self._place)  # which says what is wrong
            raise StopIteration
        try:
            run._mover = threading.get_ident()
            if run._ending is not None:
                run._enter()
            run._inside = True
            code = self._next(run._handle, self._place)
        finally:
            run._inside = False
            run._mover = None
        if code == native.STEP and not run._heard:
            if run._devices.leaves:
                run._devices.let_go()
            return self._step.value
        try:
            if run._returned(code) != native.STEP:
                raise StopIteration
        finally:
            run._devices.let_go()
        return self._step.value


class _Batches:
    def __init__(self, run: Run, data: Data, epochs: int) -> None:
        self._run, self._data, self._epochs = run, data, epochs
        self._steps: Optional[Iterator[int]] = None

    def __iter__(self) -> "_Batches":
        return self

    def __next__(self) -> Batch:
        if self._steps is None:
            run = self._run
            self._steps = run.steps(self._data.order.begin(run.restore, self._epochs, lambda: run.finished_before))
        return self._data.at(next(self._steps))


def _option(value: Any) -> str:
    if value is None:
        return "never"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _yes(flag: Any, name: str) -> str:
    if isinstance(flag, str):  # "no" is true
        raise TypeError("{}= takes True or False; this is {!r}".format(name, flag))
    return "yes" if flag else "no"


# A text would be taken apart into its letters.
def _words(name: str, several: Any, but: str = "\0") -> List[str]:
    if isinstance(several, (str, bytes)) or not all(isinstance(one, str) and but not in one for one in several):
        raise TypeError("{}= takes a list of texts; this is {!r}".format(name, several))
    return list(several)


def _tell(number: int) -> bool:
    return any([run._hear(number) for run in list(_open_runs)])


def _on_interrupt(number: int, frame: Any) -> None:
    for run in _open_runs:
        if run._inside and run._is_within() and run._hear(number):
            return
    signal.default_int_handler(number, frame)


def _take_interrupts() -> None:
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _on_interrupt)


def _leave_interrupts() -> None:
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is _on_interrupt:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _report(values: Dict[str, Any]) -> None:
    for run in _open_runs[-1:]:
        run.report(**values)


def _close_all() -> None:
    this = threading.get_ident()
    for run in list(_open_runs):
        if run._process != os.getpid():
            continue
        # A thread that the program has left behind may be within the run: it comes out, and gets no further.
        run._ending = this
        until = time.monotonic() + _PATIENCE_AT_EXIT
        mover = run._mover
        while mover not in (None, this) and time.monotonic() < until:
            time.sleep(0.001)
            mover = run._mover
        if mover not in (None, this):
            _job._say("the program ends while another thread is within the run: what is saved by now counts")
            continue
        run._mover = None  # this thread's where an interrupt came in its very last line
        if run._handle is not None:
            run._close_at_end()


def _end_with_its_code() -> None:
    """An error of Cairn's that nothing catches ends the program with its exit code: 78 where another start would fail in the same way."""
    before = sys.excepthook
    if getattr(before, "_is_cairns", False):
        return

    def hook(kind: Any, error: BaseException, trace: Any) -> None:
        before(kind, error, trace)
        if isinstance(error, CairnError):
            if error.exit_code == _job.NEVER_AGAIN:
                _job._tell("never", why=str(error)[: _job._LONGEST_REASON])  # as above
            raise SystemExit(error.exit_code)

    hook._is_cairns = True  # type: ignore[attr-defined]
    sys.excepthook = hook


atexit.register(_close_all)
