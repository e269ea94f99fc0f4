"""A state of Python's (what state_dict() gives) as tensors and typed values by their paths, and back. Nothing is pickled.

A path has a segment for each container: `key` of a dictionary with texts for keys, `#3` where they are whole numbers, `[3]` of a list and `(3)` of a
tuple. What is neither a tensor nor a plain value has its type behind the path: `!numpy`, `!scalar` (both with the type behind a dot where a
checkpoint has none such), `!bytes`, `!int` (one of more than 64 bits),
`!complex`, `!dtype`, `!device`, `!function` (compared by its name, and the program's own), `!same` (the tensor of another path), and `!{}`, `![]`, `!()`
for containers with nothing in them.
"""

import json
import types

from . import _arrays as arrays
from ._arrays import split_mark
from .errors import UntrackableError

ORDER = "!order"
_LONGEST = 1 << 63
_SPECIAL = "\\/!#[("


class Flat:
    """The leaves of a state."""

    def __init__(self):
        self.tensors = []  # leaves of arrays
        self.values = {}  # by path, the type's mark included
        self.order = []  # the paths of all leaves, marks included, as they came
        self.functions = {}  # by path
        self._seen = {}  # where a tensor with this memory was first

    def add_value(self, path, value):
        self.values[path] = value
        self.order.append(path)

    def add_tensor(self, leaf):
        self.tensors.append(leaf)
        self.order.append(leaf.name)


def flatten(state):
    """The leaves of a state. What has no form is refused by its path (UntrackableError)."""
    flat = Flat()
    _add(flat, "", state)
    return flat


def _add(flat, path, value):
    kind = type(value)
    if value is None or kind is bool or kind is float:
        flat.add_value(path, value)
    elif kind is int:
        if -_LONGEST <= value < _LONGEST:
            flat.add_value(path, value)
        else:
            flat.add_value(path + "!int", str(value))
    elif kind is str:
        flat.add_value(path, _text(path, value))
    elif arrays.is_tensor(value):
        _add_tensor(flat, path, value)
    elif isinstance(value, dict):
        _add_items(flat, path, ((_key(path, key), one) for key, one in value.items()), "!{}")
    elif kind is list:
        _add_items(flat, path, (("[{}]".format(i), one) for i, one in enumerate(value)), "![]")
    elif isinstance(value, tuple) and not hasattr(value, "_fields"):
        _add_items(flat, path, (("({})".format(i), one) for i, one in enumerate(value)), "!()")
    else:
        _add_other(flat, path, value)


def _add_items(flat, path, items, empty):
    before = path + "/" if path else ""
    any_there = False
    for segment, one in items:
        any_there = True
        _add(flat, before + segment, one)
    if not any_there:
        flat.add_value(path + empty, None)


def _add_tensor(flat, path, tensor):
    leaf = arrays.of_tensor(path, tensor)
    if tensor.numel() > 0:
        memory = (tensor.device, tensor.data_ptr(), leaf.dtype, leaf.shape, tensor.stride())
        first = flat._seen.setdefault(memory, path)
        if first != path:
            flat.add_value(path + "!same", first)
            return
    flat.add_tensor(leaf)


def _add_other(flat, path, value):
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
    elif isinstance(value, (types.FunctionType, types.BuiltinFunctionType, types.MethodType, type)):
        flat.functions[path] = value
        flat.add_value(path + "!function", _text(path, "{}.{}".format(value.__module__, value.__qualname__)))
    else:
        raise UntrackableError(
            "{} is a {}.{}: a checkpoint holds tensors, arrays, numbers, texts, bytes, and dictionaries, lists and tuples of them. Keep it out of "
            "the state, or put it into one of these forms".format(path or "it", type(value).__module__, type(value).__qualname__), 78)


def _key(path, key):
    if type(key) is int:
        return "#{}".format(key)
    if type(key) is not str:
        raise UntrackableError("{} has the key {!r}, a {}: keys are texts or whole numbers".format(path or "it", key, type(key).__qualname__), 78)
    _text(path, key)
    if not key.isprintable():
        raise UntrackableError("{} has the key {!r}, which is not printable".format(path or "it", key), 78)
    if key == "":
        return "\\e"
    return "".join("\\" + letter if letter in _SPECIAL else letter for letter in key) if any(letter in _SPECIAL for letter in key) else key


def _text(path, text):
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise UntrackableError("{} is a text that cannot be written as UTF-8: {!r}".format(path or "it", text), 78) from None
    if "\0" in text:
        raise UntrackableError("{} is a text with the letter 0 in it: {!r}".format(path or "it", text), 78)
    return text


# ---- and back ----


def split(path):
    """A leaf's path as its segments, and the mark of its type."""
    path, mark = split_mark(path)
    if path == "":
        return [], mark
    segments, one, letters = [], [], iter(path)
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


def _segment(letters):
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


def rebuild(order, tensors, values, functions):
    """The state of these leaves.

    order: their paths. tensors: leaves of arrays by path. values: plain values by path. functions: the program's own, by path.
    """
    made = {}
    root = _Node()
    for path in order:
        segments, mark = split(path)
        node = root
        for kind, key in segments:
            node.kind = kind
            node = node.items.setdefault(key, _Node())
        plain = split_mark(path)[0]
        node.value, node.is_leaf = _value(mark, tensors.get(path), values.get(path), made, functions, plain), True
        made[plain] = node.value
    return root.content()


class _Node:
    __slots__ = ("kind", "items", "value", "is_leaf")

    def __init__(self):
        self.kind, self.items, self.value, self.is_leaf = "{}", {}, None, False

    def content(self):
        if self.is_leaf:
            return self.value
        if self.kind == "{}":
            return {key: node.content() for key, node in self.items.items()}
        items = [self.items[i].content() for i in range(len(self.items))]
        return items if self.kind == "[]" else tuple(items)


def _value(mark, leaf, value, made, functions, path):
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


def new_memory(path, saved):
    """Memory to read a saved tensor into, of the kind that its path's mark says."""
    mark = split_mark(path)[1].partition(".")[0]
    if mark in ("numpy", "scalar"):
        return arrays.new_array(path, saved)
    if mark == "bytes":
        return arrays.new_bytes(path, saved)
    return arrays.new_tensor(path, saved)


def order_text(flat):
    return json.dumps(flat.order, ensure_ascii=False, separators=(",", ":"))


def read_order(text):
    return json.loads(text)
