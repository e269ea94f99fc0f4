"""A state of Python's (what state_dict() gives) as tensors and typed values by their paths, and back. Nothing is pickled.

A path has a segment for each container: `key` of a dictionary with texts for keys, `#3` where they are whole numbers, `[3]` of a list and `(3)` of a
tuple. What is neither a tensor nor a plain value has its type behind the path: `!numpy`, `!scalar` (both with the type behind a dot where a
checkpoint has none such), `!bytes`, `!int` (one of more than 64 bits),
`!complex`, `!dtype`, `!device`, `!function` (compared by its name, and the program's own), `!same` (the tensor of another path), and `!{}`, `![]`, `!()`
for containers with nothing in them. In the order of leaves `!ordered` stands before those of an OrderedDict.
"""

import collections
import json
import types
import weakref
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from . import _arrays as arrays
from ._arrays import Leaf, split_mark
from ._tables import Plain
from .errors import UntrackableError

ORDER = "!order"
_LONGEST = 1 << 63
_SPECIAL = "\\/!#[("


class Memo:
    """What is known from the last time, for a state mostly has the same tensors in the same places, and there may be thousands. It changes no answer."""

    def __init__(self) -> None:
        self.leaves: Dict[str, Leaf] = {}  # tensors, by path
        self.paths: Dict[str, Dict[Any, str]] = {}  # of what is in a container, by its path
        self.order: Tuple[List[str], str] = ([], "[]")


class Flat:
    """The leaves of a state."""

    def __init__(self, memo: Memo, in_place: bool) -> None:
        self.in_place = in_place
        self.tensors: List[Leaf] = []  # leaves of arrays
        self.values: Dict[str, Plain] = {}  # by path, the type's mark included
        self.order: List[str] = []  # the paths of all leaves, marks included, as they came
        self.functions: Dict[str, Any] = {}  # by path
        self.memo = memo
        self.seen: Dict[Any, Leaf] = {}  # by the address where a tensor begins; of further ones there, by all that tells them apart

    def add_value(self, path: str, value: Plain) -> None:
        self.values[path] = value
        self.order.append(path)

    def add_tensor(self, leaf: Leaf) -> None:
        self.tensors.append(leaf)
        self.order.append(leaf.name)


def flatten(state: Any, memo: Optional[Memo] = None, in_place: bool = False) -> Flat:
    """The leaves of a state. What has no form is refused by its path (UntrackableError); in_place: so is what would come back as another type, for the
    program goes on with what is put there."""
    flat = Flat(memo or Memo(), in_place)
    try:
        _add(flat, "", state)
    except RecursionError:
        raise UntrackableError("it has itself in it, or is nested too deeply", 78) from None
    if len(flat.memo.leaves) > 2 * len(flat.tensors):
        flat.memo.leaves = {leaf.name: leaf for leaf in flat.tensors}
    return flat


def _add(flat: Flat, path: str, value: Any) -> None:
    kind = type(value)
    (_ADD.get(kind) or _add_of(kind))(flat, path, value)


# How a value of this type is added; remembered, for finding it out takes longer than most of it.
def _add_of(kind: Any) -> "_Add":
    torch = arrays.torch()
    if torch is not None and issubclass(kind, torch.Tensor):
        add: "_Add" = _add_tensor
    elif issubclass(kind, dict):
        add = _add_dict
    elif issubclass(kind, tuple) and not hasattr(kind, "_fields"):
        add = _add_tuple
    else:
        return _add_other
    _ADD[kind] = add
    return add


def _add_plain(flat: Flat, path: str, value: Any) -> None:
    flat.add_value(path, value)


def _add_int(flat: Flat, path: str, value: Any) -> None:
    if -_LONGEST <= value < _LONGEST:
        flat.add_value(path, value)
    else:
        flat.add_value(path + "!int", str(value))


def _add_text(flat: Flat, path: str, value: Any) -> None:
    flat.add_value(path, _text(path, value))


def _add_dict(flat: Flat, path: str, value: Any) -> None:
    paths = _paths(flat, path, len(value))
    if type(value) is not dict and path:
        if isinstance(value, collections.OrderedDict):
            flat.order.append(path + "!ordered")
        elif flat.in_place:
            raise UntrackableError(
                "{} is a {}.{}, and would come back as a plain dict: make it one (dict(...)), or track it by itself, as a part of its own".format(
                    path, type(value).__module__, type(value).__qualname__
                ),
                78,
            )
    if not value:
        flat.add_value(path + "!{}", None)
    for key, one in value.items():
        full = paths.get(key) if type(key) is str or type(key) is int else None
        if full is None:
            full = paths[key] = (path + "/" if path else "") + _key(path, key)
        _add(flat, full, one)


def _add_list(flat: Flat, path: str, value: Any) -> None:
    _add_items(flat, path, value, "[{}]", "![]")


def _add_tuple(flat: Flat, path: str, value: Any) -> None:
    _add_items(flat, path, value, "({})", "!()")


def _add_items(flat: Flat, path: str, items: Any, segment: str, empty: str) -> None:
    paths = _paths(flat, path + empty, len(items))
    if not items:
        flat.add_value(path + empty, None)
    for i, one in enumerate(items):
        full = paths.get(i)
        if full is None:
            full = paths[i] = (path + "/" if path else "") + segment.format(i)
        _add(flat, full, one)


def _paths(flat: Flat, path: str, count: int) -> Dict[Any, str]:
    paths = flat.memo.paths.get(path)
    if paths is None or len(paths) > 2 * count:
        paths = flat.memo.paths[path] = {}
    return paths


def _add_tensor(flat: Flat, path: str, tensor: Any) -> None:
    leaf = flat.memo.leaves.get(path)
    if leaf is None or not arrays.lies_as_before(leaf, tensor):
        leaf = arrays.of_tensor(path, tensor)
        if leaf.is_on_device:
            flat.memo.leaves.pop(path, None)  # or it would hold the tensor there from one save to the next
        else:
            flat.memo.leaves[path] = leaf
    if leaf.address and 0 not in leaf.shape:
        first = flat.seen.setdefault(tensor.data_ptr(), leaf)
        if first is not leaf and not _is_same(tensor, first.source):
            first = flat.seen.setdefault((tensor.data_ptr(), tensor.device, leaf.dtype, leaf.shape, tensor.stride()), leaf)
        if first is not leaf:
            flat.add_value(path + "!same", first.name)
            return
    flat.tensors.append(leaf)
    flat.order.append(path)


# Of two that begin at one address.
def _is_same(one: Any, other: Any) -> bool:
    return bool(one.device == other.device and one.dtype == other.dtype and one.shape == other.shape and one.stride() == other.stride())


def _add_other(flat: Flat, path: str, value: Any) -> None:
    numpy, torch = arrays.numpy(), arrays.torch()
    if arrays.is_array(value):
        flat.add_tensor(arrays.of_array(path + "!numpy", value))
    elif numpy is not None and isinstance(value, numpy.generic):
        flat.add_tensor(arrays.of_array(path + "!scalar", numpy.asarray(value)))
    elif isinstance(value, (bytes, bytearray)):
        flat.add_tensor(arrays.of_bytes(path + "!bytes", value))
    elif isinstance(value, complex):
        flat.add_value(path + "!complex", repr(value))
    elif torch is not None and isinstance(value, torch.dtype):
        flat.add_value(path + "!dtype", str(value).replace("torch.", "", 1))
    elif torch is not None and isinstance(value, torch.device):
        flat.add_value(path + "!device", str(value))
    elif isinstance(value, (types.FunctionType, types.BuiltinFunctionType, types.MethodType, type, weakref.WeakMethod)):
        flat.functions[path] = value
        named = value() if isinstance(value, weakref.WeakMethod) else value  # CyclicLR's of torch before 2.0
        flat.add_value(
            path + "!function", _text(path, "{}.{}".format(getattr(named, "__module__", ""), getattr(named, "__qualname__", "")))
        )
    else:
        raise UntrackableError(
            "{} is a {}.{}: a checkpoint holds tensors, arrays, numbers, texts, bytes, and dictionaries, lists and tuples of them. Keep it out of "
            "the state, or put it into one of these forms".format(path or "it", type(value).__module__, type(value).__qualname__),
            78,
        )


def _key(path: str, key: object) -> str:
    if type(key) is int:
        return "#{}".format(key)
    if type(key) is not str:
        raise UntrackableError(
            "{} has the key {!r}, a {}: keys are texts or whole numbers".format(path or "it", key, type(key).__qualname__), 78
        )
    _text(path, key)
    if not key.isprintable():
        raise UntrackableError("{} has the key {!r}, which is not printable".format(path or "it", key), 78)
    if key == "":
        return "\\e"
    return "".join("\\" + letter if letter in _SPECIAL else letter for letter in key) if any(letter in _SPECIAL for letter in key) else key


def _text(path: str, text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise UntrackableError("{} is a text that cannot be written as UTF-8: {!r}".format(path or "it", text), 78) from None
    if "\0" in text:
        raise UntrackableError("{} is a text with the letter 0 in it: {!r}".format(path or "it", text), 78)
    return text


_Add = Callable[[Flat, str, Any], None]
_ADD: Dict[Any, _Add] = {
    type(None): _add_plain,
    bool: _add_plain,
    float: _add_plain,
    int: _add_int,
    str: _add_text,
    list: _add_list,
}


# ---- and back ----


def split(path: str) -> Tuple[List[Tuple[str, Union[str, int]]], str]:
    """A leaf's path as its segments, and the mark of its type."""
    path, mark = split_mark(path)
    if path == "":
        return [], mark
    segments: List[List[str]] = []
    one: List[str] = []
    letters = iter(path)
    for letter in letters:
        if letter == "\\":
            one.append(letter + next(letters))
        elif letter == "/":
            segments.append(one)
            one = []
        else:
            one.append(letter)
    segments.append(one)
    return [_segment(one) for one in segments], mark


def _segment(letters: List[str]) -> Tuple[str, Union[str, int]]:
    first, text = letters[0], "".join(letters)
    if first == "[":
        return "[]", int(text[1:-1])
    if first == "(":
        return "()", int(text[1:-1])
    if first == "#":
        return "{}", int(text[1:])
    if text == "\\e":
        return "{}", ""
    return "{}", "".join(one[-1] for one in letters)


def rebuild(order: Sequence[str], tensors: Mapping[str, Leaf], values: Mapping[str, Plain], functions: Mapping[str, Any]) -> Any:
    """The state of these leaves.

    order: their paths. tensors: leaves of arrays by path. values: plain values by path. functions: the program's own, by path.
    """
    made: Dict[str, Any] = {}
    root = _Node()
    for path in order:
        segments, mark = split(path)
        node = root
        for kind, key in segments:
            node.kind = kind
            node = node.items.setdefault(key, _Node())
        if mark == "ordered":
            node.is_ordered = True
            continue
        plain = split_mark(path)[0]
        node.value, node.is_leaf = _value(mark, tensors.get(path), values.get(path), made, functions, plain), True
        made[plain] = node.value
    return root.content()


class _Node:
    __slots__ = ("kind", "items", "value", "is_leaf", "is_ordered")

    def __init__(self) -> None:
        self.kind = "{}"
        self.items: Dict[Any, "_Node"] = {}
        self.value: Any = None
        self.is_leaf = self.is_ordered = False

    def content(self) -> Any:
        if self.is_ordered:
            return collections.OrderedDict((key, node.content()) for key, node in self.items.items())
        if self.is_leaf:
            return self.value
        if self.kind == "{}":
            return {key: node.content() for key, node in self.items.items()}
        items = [self.items[i].content() for i in range(len(self.items))]
        return items if self.kind == "[]" else tuple(items)


def _value(mark: str, leaf: Any, value: Any, made: Dict[str, Any], functions: Mapping[str, Any], path: str) -> Any:
    mark = mark.partition(".")[0]
    if mark == "":
        return leaf.keep if leaf is not None else value
    if mark == "numpy":
        return leaf.keep
    if mark == "scalar":
        return leaf.keep[()]
    if mark == "bytes":
        return arrays.to_bytes(leaf)
    if mark == "int":
        return int(value)
    if mark == "complex":
        return complex(value)
    if mark == "dtype":
        return getattr(arrays.torch(), value)
    if mark == "device":
        return arrays.torch().device(value)
    if mark == "same":
        return made[value]
    if mark == "function":
        return functions[path]
    return {"{}": dict, "[]": list, "()": tuple}[mark]()


def new_memory(path: str, saved: Any) -> Leaf:
    """Memory to read a saved tensor into, of the kind that its path's mark says."""
    mark = split_mark(path)[1].partition(".")[0]
    if mark in ("numpy", "scalar"):
        return arrays.new_array(path, saved)
    if mark == "bytes":
        return arrays.new_bytes(path, saved)
    return arrays.new_tensor(path, saved)


def order_text(flat: Flat) -> str:
    if flat.memo.order[0] != flat.order:
        flat.memo.order = flat.order, _order_text(flat)
    return flat.memo.order[1]


def _order_text(flat: Flat) -> str:
    return json.dumps(flat.order, ensure_ascii=False, separators=(",", ":"))


def read_order(text: Any) -> List[str]:
    order: List[str] = json.loads(text)
    return order
