"""Tensors and arrays, wherever they come from: their element types, their addresses, and memory to read them into. No framework is imported here."""

import ctypes
import sys
from typing import Any, Dict, Tuple, Union

from ._split import refuse_tensor
from .errors import UntrackableError

BOOL, UINT8, INT8, INT16, INT32, INT64, FLOAT16, BFLOAT16, FLOAT32, FLOAT64, COMPLEX64, COMPLEX128 = range(12)

_BY_NAME = {
    "bool": BOOL,
    "uint8": UINT8,
    "int8": INT8,
    "int16": INT16,
    "int32": INT32,
    "int64": INT64,
    "float16": FLOAT16,
    "bfloat16": BFLOAT16,
    "float32": FLOAT32,
    "float64": FLOAT64,
    "complex64": COMPLEX64,
    "complex128": COMPLEX128,
}
_NAMES = {number: name for name, number in _BY_NAME.items()}


class Leaf:
    """A tensor for the engine. `keep` is what its memory belongs to, which is the device's where the engine has it copied by _devices."""

    __slots__ = ("name", "dtype", "shape", "address", "flags", "keep", "source", "is_on_device")

    def __init__(self, name: str, dtype: int, shape: Tuple[int, ...], address: int, keep: Any, flags: int = 0) -> None:
        self.name, self.dtype, self.shape, self.address, self.keep, self.flags = name, dtype, shape, address, keep, flags
        self.source = keep  # the tensor of the program's, where the memory is a copy's
        self.is_on_device = False


def form(one: Any) -> str:
    """In the engine's words: float32 [16, 1]."""
    return "{} [{}]".format(_NAMES[one.dtype], ", ".join(map(str, one.shape)))


def torch() -> Any:
    """PyTorch, where the program has imported it; else None."""
    return sys.modules.get("torch")


def numpy() -> Any:
    """NumPy, where the program has imported it; else None."""
    return sys.modules.get("numpy")


def split_mark(path: str) -> Tuple[str, str]:
    """A leaf's path without the mark of its type (behind a "!" that no backslash hides), and the mark."""
    at = len(path)
    while True:
        at = path.rfind("!", 0, at)
        if at < 0:
            return path, ""
        before = at - len(path[:at].rstrip("\\"))
        if before % 2 == 0:
            return path[:at], path[at + 1 :]


def is_tensor(value: object) -> bool:
    return torch() is not None and isinstance(value, torch().Tensor)


def is_array(value: object) -> bool:
    return numpy() is not None and isinstance(value, numpy().ndarray)


# ---- torch ----

_types: Dict[Any, int] = {}


def _torch_types() -> Dict[Any, int]:
    if not _types:
        _types.update({getattr(torch(), name): number for name, number in _BY_NAME.items()})
    return _types


def of_tensor(name: str, tensor: Any, flags: int = 0) -> Leaf:
    """A tensor as it lies in memory where it does so without gaps, else a copy on the host that does."""
    is_on_device = _is_on_device(tensor)
    dtype = _torch_types().get(tensor.dtype)
    if type(tensor) is not torch().Tensor:
        refuse_tensor(name, tensor)
        if any(kind.__name__ == "UninitializedTensorMixin" for kind in type(tensor).__mro__):
            raise UntrackableError("{} has no shape yet: let one batch go through the module first".format(name), 78)
    if (
        dtype is not None
        and dtype < COMPLEX64
        and (is_on_device or tensor.is_cpu)
        and tensor.layout == torch().strided
        and tensor.is_contiguous()
        and not tensor.is_neg()
    ):
        leaf = Leaf(name, dtype, tuple(tensor.shape), tensor.data_ptr(), tensor, flags)  # as nearly all are, and there may be thousands
        leaf.is_on_device = is_on_device
        return leaf
    if tensor.layout != torch().strided or tensor.is_quantized or tensor.device.type == "meta":
        raise UntrackableError("{} is a tensor that is sparse, quantized or without memory: those cannot be saved".format(name), 78)
    if dtype is None:
        raise UntrackableError("{} is a tensor of {}, which a checkpoint has no type for".format(name, tensor.dtype), 78)
    plain = tensor.detach()
    if plain.device.type != "cpu":
        plain = plain.cpu()
    if plain.is_complex():
        plain = plain.resolve_conj()
    if hasattr(plain, "resolve_neg"):
        plain = plain.resolve_neg()
    plain = plain.contiguous()
    leaf = Leaf(name, dtype, tuple(plain.shape), plain.data_ptr(), plain, flags)
    leaf.source = tensor
    return leaf


# CUDA's alone, as which ROCm's go, too: what other devices call an address need not be one.
def _is_on_device(tensor: Any) -> bool:
    return bool(tensor.is_cuda)


def lies_as_before(leaf: Leaf, tensor: Any) -> bool:
    """Whether a leaf still tells of this tensor, as it lies in memory."""
    return (
        leaf.keep is tensor
        and leaf.address == tensor.data_ptr()
        and leaf.dtype == _types.get(tensor.dtype)
        and leaf.shape == tensor.shape
        and tensor.is_contiguous()
        and not tensor.is_neg()
    )


def new_tensor(name: str, saved: Any) -> Leaf:
    """Memory on the host for a saved tensor, as a tensor of torch."""
    tensor = torch().empty(saved.shape, dtype=getattr(torch(), _NAMES[saved.dtype]))
    return Leaf(name, saved.dtype, saved.shape, tensor.data_ptr(), tensor)


def is_in_place(leaf: Leaf, tensor: Any) -> bool:
    """Whether the memory that the leaf tells of is the tensor's own."""
    return bool(not leaf.is_on_device and tensor.device.type == "cpu" and leaf.address == tensor.data_ptr())


def is_elsewhere(leaf: Leaf) -> bool:
    """Whether the program has the tensor on a device."""
    return leaf.is_on_device or (leaf.keep is not leaf.source and leaf.source.device.type != "cpu")


def same_bytes(one: Leaf, other: Leaf) -> bool:
    """Whether two leaves of torch have the same bytes, wherever they lie: NaN and -0.0 are what they are."""

    def content(leaf: Leaf) -> Any:
        return leaf.keep.detach().cpu().reshape(-1).view(torch().uint8)

    return (
        one.dtype == other.dtype
        and one.shape == other.shape
        and (one.keep.numel() == 0 or bool(torch().equal(content(one), content(other))))
    )


# ---- NumPy ----


# What a checkpoint has no type for lies in it as one of the same size.
_STORED_AS = {"uint16": "int16", "uint32": "int32", "uint64": "int64"}


def of_array(name: str, array: Any) -> Leaf:
    """An array; behind a dot the name gets the type that it has in truth, where a checkpoint has none such."""
    type_name = array.dtype.name
    dtype = _BY_NAME.get(_STORED_AS.get(type_name, type_name))
    if dtype is None or not array.dtype.isnative:
        raise UntrackableError("{} is an array of {}, which a checkpoint has no type for".format(split_mark(name)[0], array.dtype), 78)
    if type_name in _STORED_AS:
        name += "." + type_name
    plain = numpy().ascontiguousarray(array).reshape(array.shape)  # which makes one dimension of none
    return Leaf(name, dtype, tuple(plain.shape), plain.ctypes.data if plain.size else 0, plain)


def new_array(name: str, saved: Any) -> Leaf:
    array = numpy().empty(saved.shape, dtype=split_mark(name)[1].partition(".")[2] or _NAMES[saved.dtype])
    return Leaf(name, saved.dtype, saved.shape, array.ctypes.data if array.size else 0, array)


def empty_like(leaf: Leaf) -> Leaf:
    """Memory for an array of the same form."""
    array = numpy().empty(leaf.keep.shape, dtype=leaf.keep.dtype)
    return Leaf(leaf.name, leaf.dtype, leaf.shape, array.ctypes.data if array.size else 0, array)


# ---- bytes ----


def of_bytes(name: str, content: Union[bytes, bytearray]) -> Leaf:
    memory = ctypes.create_string_buffer(bytes(content), max(len(content), 1))
    return Leaf(name, UINT8, (len(content),), ctypes.addressof(memory), memory)


def new_bytes(name: str, saved: Any) -> Leaf:
    memory = ctypes.create_string_buffer(max(saved.shape[0], 1))
    return Leaf(name, UINT8, saved.shape, ctypes.addressof(memory), memory)


def to_bytes(leaf: Leaf) -> bytes:
    content: bytes = leaf.keep.raw
    return content[: leaf.shape[0]]
