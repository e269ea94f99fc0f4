"""Checkpoints that are read without a run: to evaluate one, to begin another training with it, to give a model away."""

import ctypes
import datetime
import os
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Tuple, Union

from . import _arrays as arrays
from . import _library as native
from . import _state
from ._arrays import Leaf, split_mark
from ._calls import SavedName, name_choice, part_functions, read_into
from ._parts import ABOUT, Tensors, Values, part_of
from ._tables import SavedTensor, read_tensors, read_values
from .errors import MisuseError

Path = Union[str, "os.PathLike[str]"]


class CheckpointInfo:
    """One of the checkpoints in a folder."""

    def __init__(
        self,
        step: int,
        path: str,
        saved_at: Optional[datetime.datetime],
        bytes: int,
        metrics: Dict[str, float],
        parts: Tuple[str, ...],
        problem: Optional[str],
    ) -> None:
        #: How many steps were completed when it was saved; -1 of a safetensors file.
        self.step = step
        #: Its directory, or the file.
        self.path = path
        #: When it was saved, in UTC; None where it cannot be read.
        self.saved_at = saved_at
        #: The size of its files.
        self.bytes = bytes
        #: What was reported in its step, by name.
        self.metrics = metrics
        #: The names of its parts.
        self.parts = parts
        #: Why a run would not go on from it; None when it is good. The tensors' own bytes are checked when they are read.
        self.problem = problem

    def __repr__(self) -> str:
        return "<checkpoint {}{}>".format(self.path, "" if self.problem is None else ": " + self.problem)


def checkpoints(folder: Path) -> List[CheckpointInfo]:
    """A folder's checkpoints, the newest first; none where there is no such folder. A run may go on there meanwhile."""
    library = native.load()
    found, count = ctypes.POINTER(native.CheckpointInfo)(), ctypes.c_size_t()
    _check(library, library.cairn_list(native.path(folder), ctypes.byref(found), ctypes.byref(count)))
    return [_info(found[i]) for i in range(count.value)]


class Checkpoint:
    """A checkpoint that is read without a run. Nothing is claimed and nothing is written, so a run may go on in its folder meanwhile.

        with cairn.Checkpoint("checkpoints", best="val_loss") as best:     # or step=300; else the newest
            best.load(model=model)
            print(best.step, best.metrics["val_loss"])

    source: a checkpoint folder; or a safetensors file, which has the tensors of one part, whatever it is called.
    best: the metric with the lowest value; with highest=True the highest.

    Every byte that is read is checked against its hash. What is damaged, or of another line of training, is passed over, with a line that says why.
    """

    def __init__(self, source: Path, *, step: Optional[int] = None, best: Optional[str] = None, highest: bool = False) -> None:
        self._library = native.load()
        self._error: Optional[BaseException] = None
        self._handle: Optional[ctypes.c_void_p] = None
        handle = ctypes.c_void_p()
        _check(
            self._library,
            self._library.cairn_open_checkpoint(native.path(source), native.texts(_which(step, best, highest)), ctypes.byref(handle)),
        )
        self._handle = handle
        told = native.CheckpointInfo()
        self._call(self._library.cairn_look_checkpoint, ctypes.byref(told))
        self._info = _info(told)

    @property
    def step(self) -> int:
        """How many steps were completed when it was saved; -1 of a safetensors file."""
        return self._info.step

    @property
    def path(self) -> str:
        """Its directory, or the file."""
        return self._info.path

    @property
    def saved_at(self) -> Optional[datetime.datetime]:
        """When it was saved, in UTC."""
        return self._info.saved_at

    @property
    def bytes(self) -> int:
        """The size of its files."""
        return self._info.bytes

    @property
    def metrics(self) -> Dict[str, float]:
        """What was reported in its step, by name."""
        return self._info.metrics

    @property
    def parts(self) -> Tuple[str, ...]:
        """The names of its parts."""
        return self._info.parts

    def load(self, *, saved_name: Optional[SavedName] = None, strict: bool = True, rank: Optional[int] = None, **parts: Any) -> str:
        """Loads parts into what run.track() takes, in place, and says in words what was loaded. Nothing is touched unless all of them fit.

        saved_name: under which name a tensor of the program's was saved; None leaves it as it is. A function, or a dictionary of beginnings of names:
        {"head.": None, "encoder.": "model.encoder."}. strict=False: what is on one side alone stays as it is, and is said; else it is an error that
        lists it. rank: whose state, where each rank has its own.
        """
        if not parts:
            raise MisuseError(
                "load() wants the parts to load, by their names in the checkpoint: load(model=model); it has {}".format(
                    ", ".join(self.parts)
                )
            )
        functions = [part_functions(name, part_of(name, thing), self._library, self._answer) for name, thing in parts.items()]
        names, kept = name_choice(saved_name, strict, self._answer)
        words = ctypes.c_char_p()
        self._call(
            self._library.cairn_load,
            native.texts(list(parts)),
            (native.Part * len(functions))(*[one for one, _ in functions]),
            len(functions),
            -1 if rank is None else rank,
            names,
            ctypes.byref(words),
        )
        return (words.value or b"").decode("utf-8")

    def names(self, part: str, rank: Optional[int] = None) -> List[str]:
        """The names of a part's tensors and values."""
        _, tensors, values = self._part(part, rank)
        return list(_by_plain_name([*tensors, *values]))

    def read(self, part: str, name: str, rank: Optional[int] = None) -> Any:
        """One tensor, or one value. A tensor is torch's where the program has imported that, else NumPy's. The value of run.track_value() is "value"."""
        saved, tensors, values = self._part(part, rank)
        by_name = _by_plain_name([*tensors, *values])
        if name not in by_name:
            raise MisuseError("part '{}' of {} has no '{}'; it has {}".format(part, self.path, name, _some(list(by_name))))
        full = by_name[name]
        mark = full[len(name) :]
        if full in tensors:
            leaf = _memory(full, tensors[full])
            read_into(self._library, ctypes.byref(saved), [leaf])
            return _state.rebuild([mark], {mark: leaf}, {}, {})
        if mark == "!same":
            return self.read(part, str(values[full]), rank)
        return _state.rebuild([mark], {}, {mark: values[full]}, {"": values[full]})

    def state(self, part: str, rank: Optional[int] = None) -> Any:
        """A part's whole state, as its state_dict() gave it: for load_state_dict() of your own, or to look at. A function in it is its name."""
        saved, tensors, values = self._part(part, rank)
        leaves = {name: _memory(name, one) for name, one in tensors.items()}
        read_into(self._library, ctypes.byref(saved), list(leaves.values()))
        functions = {split_mark(name)[0]: value for name, value in values.items() if split_mark(name)[1] == "function"}
        order = _state.read_order(values[_state.ORDER]) if _state.ORDER in values else [*leaves, *values]
        return _state.rebuild(order, leaves, values, functions)

    def export(self, part: str, path: Path) -> None:
        """Writes all tensors of a part into one safetensors file, those that training does not change too; tied ones once. As `cairn export` does."""
        self._call(self._library.cairn_export, native.text(part), native.path(path))

    def close(self) -> None:
        """Closes its files."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            _check(self._library, self._library.cairn_close_checkpoint(handle))

    def __enter__(self) -> "Checkpoint":
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_handle", None) is not None:
            self._library.cairn_close_checkpoint(self._handle)

    def __repr__(self) -> str:
        return repr(self._info)

    def _part(self, part: str, rank: Optional[int]) -> Tuple[native.Saved, Tensors, Values]:
        saved = native.Saved()
        self._call(self._library.cairn_saved_part, native.text(part), -1 if rank is None else rank, ctypes.byref(saved))
        return saved, read_tensors(saved), read_values(saved)

    def _call(self, function: Any, *arguments: Any) -> None:
        if self._handle is None:
            raise MisuseError("the checkpoint is closed")
        code = function(self._handle, *arguments)
        thrown, self._error = self._error, None
        if code != native.OK and thrown is not None:
            raise thrown
        _check(self._library, code)

    # As in a run: nothing is thrown through the engine.
    def _answer(self, work: Callable[[], Any]) -> int:
        try:
            work()
            return 0
        except BaseException as error:
            self._error = error
            self._library.cairn_fail(str(error).encode("utf-8", "replace"))
            return 1


def load(
    source: Path,
    *,
    step: Optional[int] = None,
    best: Optional[str] = None,
    highest: bool = False,
    saved_name: Optional[SavedName] = None,
    strict: bool = True,
    rank: Optional[int] = None,
    **parts: Any,
) -> CheckpointInfo:
    """Loads parts of a checkpoint, or of a safetensors file, into what run.track() takes, in place; and says which checkpoint it was.

        cairn.load("checkpoints", best="val_loss", model=model)
        cairn.load("pretrained.safetensors", model=model, saved_name={"head.": None}, strict=False)

    As Checkpoint(source, ...).load(...), which says in words what was loaded.
    """
    with Checkpoint(source, step=step, best=best, highest=highest) as checkpoint:
        checkpoint.load(saved_name=saved_name, strict=strict, rank=rank, **parts)
        return checkpoint._info


class StartFrom:
    """Where a run begins that has no checkpoint of its own yet: cairn.Run("finetuned", start_from=cairn.StartFrom("pretrained", "model")).

    source: another run's checkpoint folder, or a safetensors file.
    parts: the tracked parts to load, of a file one; the steps begin at 0. None: all of them, and the steps go on from that checkpoint's.
    step, best, highest: which checkpoint; else the newest.
    saved_name, strict: as in Checkpoint.load().

    What was taken and what was not is said in one line at the start. From the run's first own checkpoint on the source is not looked at.
    """

    def __init__(
        self,
        source: Path,
        *parts: str,
        step: Optional[int] = None,
        best: Optional[str] = None,
        highest: bool = False,
        saved_name: Optional[SavedName] = None,
        strict: bool = True,
    ) -> None:
        self.source, self.parts, self.saved_name, self.strict = source, parts, saved_name, strict
        self.step, self.best, self.highest = step, best, highest

    def _options(self) -> List[str]:
        return _which(self.step, self.best, self.highest) + ["part=" + part for part in self.parts]


_MOST_NAMED = 5


def _which(step: Optional[int], best: Optional[str], highest: bool) -> List[str]:
    if step is not None and best is not None:
        raise MisuseError("a step and a metric are both asked for: give one of them")
    if step is not None:
        return ["step={}".format(step)]
    return [] if best is None else ["{}={}".format("highest" if highest else "lowest", best)]


def _info(told: Any) -> CheckpointInfo:
    return CheckpointInfo(
        told.step,
        os.fsdecode(told.path),
        datetime.datetime.fromtimestamp(told.saved_at, datetime.timezone.utc) if told.saved_at else None,
        told.bytes,
        {told.metrics[i].name.decode("utf-8"): told.metrics[i].real for i in range(told.metric_count)},
        tuple(told.parts[i].decode("utf-8") for i in range(told.part_count)),
        None if told.problem is None else told.problem.decode("utf-8"),
    )


def _memory(name: str, saved: SavedTensor) -> Leaf:
    if arrays.torch() is None and arrays.numpy() is None:
        try:
            import numpy  # noqa: F401
        except ImportError:
            raise MisuseError("tensors are read as torch's or NumPy's: import one of them first") from None
    if arrays.torch() is None and split_mark(name)[1] == "":
        return arrays.new_array(name, saved)
    return _state.new_memory(name, saved)


def _by_plain_name(names: Iterable[str]) -> Dict[str, str]:
    return {split_mark(name)[0]: name for name in names if name not in ABOUT}


def _some(names: Sequence[str]) -> str:
    several = list(names)
    return (
        ", ".join(several[:_MOST_NAMED]) + (" and {} more".format(len(several) - _MOST_NAMED) if len(several) > _MOST_NAMED else "")
        or "none"
    )


def _check(library: Any, code: int) -> None:
    if code != native.OK:
        raise native.error(library, code)
