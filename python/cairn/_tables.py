"""Tables of tensors and values as the engine reads them: packed at once, for a state may have thousands."""

import base64
import ctypes
import json
import struct
from array import array
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

from . import _library as native
from ._arrays import Leaf
from ._devices import Devices

_TENSOR = "QQQiiII"
_VALUE = "QQqdiI"

#: What a value can be: an int has 64 bits.
Plain = Union[None, bool, int, float, str]


class Texts:
    """Texts in one piece of memory."""

    def __init__(self, texts: Sequence[str]) -> None:
        encoded = [text.encode("utf-8") for text in texts]
        self._memory = ctypes.create_string_buffer(b"\0".join(encoded) + b"\0")
        at = ctypes.addressof(self._memory)
        self.addresses: List[int] = []
        for one in encoded:
            self.addresses.append(at)
            at += len(one) + 1


class TensorTable:
    """Tensors. They have to live as long as what is at their addresses is needed. devices: who has the engine copy those on a device."""

    def __init__(self, tensors: Sequence[Leaf], devices: Optional[Devices] = None) -> None:
        self._tensors, self._flags = tensors, [one.flags for one in tensors]
        on_device = [one for one in tensors if one.is_on_device]
        if on_device and devices is None:
            raise TypeError("what lies on a device can only be saved by a run: {}".format(on_device[0].name))
        sources = [native.Source(*devices.tell(one)) for one in on_device] if devices is not None else []
        self._sources = (native.Source * len(sources))(*sources)
        source = ctypes.addressof(self._sources)
        self._names = Texts([one.name for one in tensors])
        self._shapes = array("q", [size for one in tensors for size in one.shape])
        shape = self._shapes.buffer_info()[0]
        fields: List[int] = []
        for one, name in zip(tensors, self._names.addresses):
            dimensions = len(one.shape)
            if one.is_on_device:
                fields += (name, source, shape, one.dtype, dimensions, one.flags | native.ON_DEVICE, 0)
                source += ctypes.sizeof(native.Source)
            else:
                fields += (name, one.address, shape, one.dtype, dimensions, one.flags, 0)
            shape += 8 * dimensions
        self._memory = ctypes.create_string_buffer(struct.pack("=" + _TENSOR * len(tensors), *fields))
        self.address, self.count = ctypes.addressof(self._memory), len(tensors)

    def tells_of(self, tensors: Sequence[Leaf]) -> bool:
        """Whether it is the table of these, too: the same leaves, whose flags alone may be others."""
        return self._tensors == tensors and self._flags == [one.flags for one in tensors]


class ValueTable:
    """values: (name, value, flags)."""

    def __init__(self, values: Sequence[Tuple[str, Plain, int]]) -> None:
        self._names = Texts([name for name, _, _ in values])
        self._texts = Texts([value if isinstance(value, str) else "" for _, value, _ in values])
        fields: List[Any] = []
        for (_, value, flags), name, text in zip(values, self._names.addresses, self._texts.addresses):
            if value is None:
                fields += (name, 0, 0, 0.0, native.NONE, flags)
            elif isinstance(value, bool):
                fields += (name, 0, int(value), 0.0, native.FLAG, flags)
            elif isinstance(value, int):
                fields += (name, 0, value, 0.0, native.INTEGER, flags)
            elif isinstance(value, float):
                fields += (name, 0, 0, value, native.REAL, flags)
            else:
                fields += (name, text, 0, 0.0, native.TEXT, flags)
        self._memory = ctypes.create_string_buffer(struct.pack("=" + _VALUE * len(values), *fields))
        self.address, self.count = ctypes.addressof(self._memory), len(values)


class SavedTensor:
    __slots__ = ("name", "dtype", "shape")

    def __init__(self, name: str, dtype: int, shape: Tuple[int, ...]) -> None:
        self.name, self.dtype, self.shape = name, dtype, shape


def read_tensors(saved: Any) -> Dict[str, SavedTensor]:
    """The checkpoint's tensors by name, in its order."""
    tensors = {}
    for i in range(saved.tensor_count):
        one = saved.tensors[i]
        name = one.name.decode("utf-8")
        tensors[name] = SavedTensor(name, one.dtype, tuple(one.shape[0 : one.dimensions]))
    return tensors


def read_values(saved: Any) -> Dict[str, Plain]:
    """The checkpoint's values by name."""
    values = {}
    for i in range(saved.value_count):
        one = saved.values[i]
        values[one.name.decode("utf-8")] = _content(one)
    return values


def _content(one: Any) -> Any:
    if one.kind == native.NONE:
        return None
    if one.kind == native.FLAG:
        return bool(one.integer)
    if one.kind == native.INTEGER:
        return int(one.integer)
    if one.kind == native.REAL:
        return float(one.real)
    text = str(one.text, "utf-8")
    return json.loads(text, object_hook=_marked) if one.kind == native.LIST else text


# Of a list that a program in C# saved: what JSON cannot tell apart or hold (docs/checkpoint-format.md).
def _marked(value: Any) -> Plain:
    if "real" in value:
        return float(value["real"])
    if "bits" in value:
        return float(struct.unpack(">d", bytes.fromhex(value["bits"]))[0])
    return base64.b64decode(value["utf16"]).decode("utf-16-le", "surrogatepass")
