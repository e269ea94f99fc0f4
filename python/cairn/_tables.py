"""Tables of tensors and values as the engine reads them: packed at once, for a state may have thousands."""

import ctypes
import struct
from array import array

from . import _library as native

_TENSOR = "QQQiiII"
_VALUE = "QQqdiI"


class Texts:
    """Texts in one piece of memory."""

    def __init__(self, texts):
        encoded = [text.encode("utf-8") for text in texts]
        self._memory = ctypes.create_string_buffer(b"\0".join(encoded) + b"\0")
        at = ctypes.addressof(self._memory)
        self.addresses = []
        for one in encoded:
            self.addresses.append(at)
            at += len(one) + 1


class TensorTable:
    """tensors: objects with name, dtype, shape, address and flags. They have to live as long as what is at their addresses is needed."""

    def __init__(self, tensors):
        self._tensors = tensors
        self._names = Texts([one.name for one in tensors])
        self._shapes = array("q", [size for one in tensors for size in one.shape])
        shape = self._shapes.buffer_info()[0]
        fields = []
        for one, name in zip(tensors, self._names.addresses):
            dimensions = len(one.shape)
            fields += (name, one.address, shape, one.dtype, dimensions, one.flags, 0)
            shape += 8 * dimensions
        self._memory = ctypes.create_string_buffer(struct.pack("=" + _TENSOR * len(tensors), *fields))
        self.address, self.count = ctypes.addressof(self._memory), len(tensors)


class ValueTable:
    """values: (name, value, flags), where a value is None, a bool, an int of 64 bits, a float or a text."""

    def __init__(self, values):
        self._names = Texts([name for name, _, _ in values])
        self._texts = Texts([value if isinstance(value, str) else "" for _, value, _ in values])
        fields = []
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

    def __init__(self, name, dtype, shape):
        self.name, self.dtype, self.shape = name, dtype, shape


def read_tensors(saved):
    """The checkpoint's tensors by name, in its order."""
    tensors = {}
    for i in range(saved.tensor_count):
        one = saved.tensors[i]
        name = one.name.decode("utf-8")
        tensors[name] = SavedTensor(name, one.dtype, tuple(one.shape[0:one.dimensions]))
    return tensors


def read_values(saved):
    """The checkpoint's values by name."""
    values = {}
    for i in range(saved.value_count):
        one = saved.values[i]
        values[one.name.decode("utf-8")] = (
            None if one.kind == native.NONE
            else one.integer != 0 if one.kind == native.FLAG
            else one.integer if one.kind == native.INTEGER
            else one.real if one.kind == native.REAL
            else one.text.decode("utf-8"))
    return values
