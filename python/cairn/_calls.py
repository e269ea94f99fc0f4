"""What the engine calls: a part's functions, and the names that a program chooses."""

import ctypes
from typing import Any, Callable, Dict, List, Optional, Tuple, Union

from . import _job
from . import _library as native
from ._arrays import Leaf
from ._devices import Devices
from ._parts import Described, Part, named
from ._tables import TensorTable, ValueTable, read_tensors, read_values
from .errors import MisuseError

#: Does a function's work and says whether it failed: what was thrown goes on where the program called the engine.
Answer = Callable[[Callable[[], Any]], int]
#: Under which name a tensor of the program's was saved; None leaves it as it is.
SavedName = Union[Dict[str, Optional[str]], Callable[[str], Optional[str]]]


def part_functions(
    name: str, part: Part, library: Any, answer: Answer, rank: int = 0, devices: Optional[Devices] = None
) -> Tuple[Any, Any]:
    """The functions of a part for the engine, and what has to live as long as they do. rank: this process's. devices: who copies what lies on a device."""
    table: Dict[str, Any] = {}

    def describe(host: Any, state: Any) -> int:
        def tell() -> None:
            table["now"] = _fill_state(describe_part(name, part), devices, table.get("now"), state.contents)

        return answer(tell)

    def differences(host: Any, saved: Any) -> int:
        return answer(
            lambda: [
                library.cairn_difference(saved, one.encode("utf-8"))
                for one in part.differences(read_tensors(saved.contents), read_values(saved.contents))
            ]
        )

    def restore(host: Any, saved: Any) -> int:
        def put_back() -> None:
            part.restore(read_tensors(saved.contents), read_values(saved.contents), lambda leaves: read_into(library, saved, leaves))
            if part.ranks == native.OWN_OR_FIRST and saved.contents.rank != rank:
                part.comes_new(rank)
                if rank == saved.contents.ranks:
                    _job._say("part '{}': from rank {} on its state is derived from rank 0's and the rank".format(name, rank))

        return answer(lambda: named(name, put_back))

    functions = native.Part(native.DESCRIBE(describe), native.SAVED(differences), native.SAVED(restore), None, part.ranks, 0)
    return functions, (part, table)


def read_into(library: Any, saved: Any, leaves: List[Leaf]) -> None:
    """Fills leaves with what was saved under their names."""
    targets = TensorTable(leaves)
    code = library.cairn_read(saved, targets.address, targets.count)
    if code != native.OK:
        raise native.error(library, code)


def name_choice(saved_name: Optional[SavedName], strict: bool, answer: Answer) -> Tuple[Any, Any]:
    """The choice of names for the engine (a null pointer where both sides have the same), and what has to live with it."""
    if saved_name is None and strict:
        return None, None
    kept: Dict[str, bytes] = {}
    rename = _name_function(saved_name)

    def ask(host: Any, name: bytes, text: Any) -> int:
        def choose() -> None:
            chosen = rename(name.decode("utf-8"))
            if chosen is not None:
                kept["text"] = chosen.encode("utf-8")
                text[0] = kept["text"]

        return answer(choose)

    names = native.Names(native.SAVED_NAME(ask) if saved_name is not None else ctypes.cast(0, native.SAVED_NAME), None, int(not strict), 0)
    return ctypes.byref(names), (names, kept)


def _name_function(saved_name: Optional[SavedName]) -> Callable[[str], Optional[str]]:
    if callable(saved_name):
        function: Callable[[str], Optional[str]] = saved_name
        return function
    chosen = {} if saved_name is None else saved_name
    if not isinstance(chosen, dict):
        raise MisuseError(
            "saved_name is a function, or a dictionary of beginnings of names; this is a {}".format(type(saved_name).__qualname__)
        )
    beginnings = sorted(chosen, key=len, reverse=True)  # of several that fit the longest counts

    def rename(name: str) -> Optional[str]:
        for beginning in beginnings:
            if name.startswith(beginning):
                other = chosen[beginning]
                return None if other is None else other + name[len(beginning) :]
        return name

    return rename


def describe_part(name: str, part: Part) -> Described:
    """What a part is now; an error names it."""
    return named(name, part.describe)


def _fill_state(described: Described, devices: Optional[Devices], before: Optional[Tuple[Any, ...]], state: Any) -> Tuple[Any, ...]:
    known = before[0] if before is not None and before[0].tells_of(described.tensors) else None
    tensors, values, conditions = (
        known or TensorTable(described.tensors, devices),
        ValueTable(described.values),
        ValueTable([(name, text, 0) for name, text in described.conditions]),
    )
    state.tensors, state.tensor_count = tensors.address, tensors.count
    state.values, state.value_count = values.address, values.count
    state.conditions, state.condition_count = conditions.address, conditions.count
    return tensors, values, conditions, described
