"""The engine: loads libcairn.so, knows its structures (cairn.h), and makes exceptions of its errors."""

import ctypes
import os
import signal
import threading
from ctypes import POINTER, c_char_p, c_double, c_int32, c_int64, c_size_t, c_uint32, c_void_p
from typing import Any, Sequence, Union

from .errors import CairnError, FAILED, MisuseError, of_code

ABI = 1
OK, STEP, HOST = 0, 1, 4

NONE, FLAG, INTEGER, REAL, TEXT, LIST = range(6)
FROZEN, OPTIMIZER_STEP, SETTING, OF_FIRST_RANK, ON_DEVICE = 1, 2, 4, 8, 16
SAME, MAY_DIFFER, OWN, OWN_OR_FIRST = range(4)


class Tensor(ctypes.Structure):
    _fields_ = [
        ("name", c_char_p),
        ("data", c_void_p),
        ("shape", POINTER(c_int64)),
        ("dtype", c_int32),
        ("dimensions", c_int32),
        ("flags", c_uint32),
        ("reserved", c_uint32),
    ]


class Value(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("text", c_char_p), ("integer", c_int64), ("real", c_double), ("kind", c_int32), ("flags", c_uint32)]


class State(ctypes.Structure):
    _fields_ = [
        ("tensors", c_void_p),
        ("tensor_count", c_size_t),
        ("values", c_void_p),
        ("value_count", c_size_t),
        ("conditions", c_void_p),
        ("condition_count", c_size_t),
    ]


class Saved(ctypes.Structure):
    _fields_ = [
        ("tensors", POINTER(Tensor)),
        ("tensor_count", c_size_t),
        ("values", POINTER(Value)),
        ("value_count", c_size_t),
        ("handle", c_void_p),
        ("rank", c_int32),
        ("ranks", c_int32),
    ]


DESCRIBE = ctypes.CFUNCTYPE(c_int32, c_void_p, POINTER(State))
SAVED = ctypes.CFUNCTYPE(c_int32, c_void_p, POINTER(Saved))
WORK = ctypes.CFUNCTYPE(c_int32, c_void_p)
SAVED_NAME = ctypes.CFUNCTYPE(c_int32, c_void_p, c_char_p, POINTER(c_char_p))


class Piece(ctypes.Structure):
    _fields_ = [("tensor", c_size_t), ("offset", c_int64), ("to", c_size_t), ("count", c_int64)]


COPY = ctypes.CFUNCTYPE(c_int32, c_void_p, POINTER(Piece), c_size_t, POINTER(c_void_p))
WAIT = ctypes.CFUNCTYPE(c_int32, c_void_p)
MEMORY = ctypes.CFUNCTYPE(c_int32, c_void_p, c_size_t, c_int64, c_int32)


class Device(ctypes.Structure):
    _fields_ = [("copy", COPY), ("wait", WAIT), ("host", c_void_p)]


class Source(ctypes.Structure):
    _fields_ = [("device", c_size_t), ("tensor", c_size_t)]


class Part(ctypes.Structure):
    _fields_ = [
        ("describe", DESCRIBE),
        ("differences", SAVED),
        ("restore", SAVED),
        ("host", c_void_p),
        ("ranks", c_int32),
        ("reserved", c_int32),
    ]


class Names(ctypes.Structure):
    _fields_ = [("saved_name", SAVED_NAME), ("host", c_void_p), ("loose", c_int32), ("reserved", c_int32)]


class CheckpointInfo(ctypes.Structure):
    _fields_ = [
        ("step", c_int64),
        ("bytes", c_int64),
        ("saved_at", c_double),
        ("path", c_char_p),
        ("problem", c_char_p),
        ("metrics", POINTER(Value)),
        ("metric_count", c_size_t),
        ("parts", POINTER(c_char_p)),
        ("part_count", c_size_t),
    ]


class Info(ctypes.Structure):
    _fields_ = [
        ("steps_done", c_int64),
        ("deadline", c_double),
        ("attempt", c_int32),
        ("rank", c_int32),
        ("world_size", c_int32),
        ("finished_before", c_int32),
        ("steps_saved", c_int64),
        ("copying", c_int32),
        ("reserved", c_int32),
    ]


class Outcome(ctypes.Structure):
    _fields_ = [("kind", c_int32), ("exit_code", c_int32)]


_FUNCTIONS = {
    "cairn_abi": (c_int32,),
    "cairn_version": (c_char_p,),
    "cairn_error": (c_char_p,),
    "cairn_error_exit_code": (c_int32,),
    "cairn_open": (c_int32, c_char_p, POINTER(c_char_p), POINTER(c_void_p)),
    "cairn_close": (c_int32, c_void_p, POINTER(c_int32)),
    "cairn_look": (c_int32, c_void_p, POINTER(Info)),
    "cairn_folder": (c_char_p, c_void_p),
    "cairn_track_part": (c_int32, c_void_p, c_char_p, POINTER(Part)),
    "cairn_on_memory": (c_int32, c_void_p, MEMORY, c_void_p),
    "cairn_difference": (c_int32, POINTER(Saved), c_char_p),
    "cairn_read": (c_int32, POINTER(Saved), c_void_p, c_size_t),
    "cairn_fail": (None, c_char_p),
    "cairn_steps": (c_int32, c_void_p, c_int64),
    "cairn_next": (c_int32, c_void_p, POINTER(c_int64)),
    "cairn_leave": (c_int32, c_void_p),
    "cairn_restore": (c_int32, c_void_p, POINTER(c_int64)),
    "cairn_boundary": (c_int32, c_void_p, c_int64, c_int32, POINTER(c_int32)),
    "cairn_save": (c_int32, c_void_p, c_int64, c_int32),
    "cairn_stop_reason": (c_char_p, c_void_p),
    "cairn_report": (c_int32, c_void_p, c_char_p, c_double),
    "cairn_save_at_boundary": (c_int32, c_void_p),
    "cairn_before_optimizer_step": (c_int32, c_void_p),
    "cairn_complete": (c_int32, c_void_p),
    "cairn_stop_requested": (c_int32, c_void_p, POINTER(c_int32)),
    "cairn_request_stop": (c_int32, c_void_p, c_char_p),
    "cairn_signal": (c_int32, c_void_p, c_int32),
    "cairn_broadcast": (c_int32, c_void_p, c_void_p, POINTER(c_size_t), c_size_t, c_double),
    "cairn_barrier": (c_int32, c_void_p, c_double),
    "cairn_start_from": (c_int32, c_void_p, c_char_p, POINTER(c_char_p), POINTER(Names)),
    "cairn_list": (c_int32, c_char_p, POINTER(POINTER(CheckpointInfo)), POINTER(c_size_t)),
    "cairn_open_checkpoint": (c_int32, c_char_p, POINTER(c_char_p), POINTER(c_void_p)),
    "cairn_close_checkpoint": (c_int32, c_void_p),
    "cairn_look_checkpoint": (c_int32, c_void_p, POINTER(CheckpointInfo)),
    "cairn_saved_part": (c_int32, c_void_p, c_char_p, c_int32, POINTER(Saved)),
    "cairn_load": (c_int32, c_void_p, POINTER(c_char_p), POINTER(Part), c_size_t, c_int32, POINTER(Names), POINTER(c_char_p)),
    "cairn_export": (c_int32, c_void_p, c_char_p, c_char_p),
    "cairn_finish": (c_int32, c_void_p, WORK, c_void_p, POINTER(Outcome)),
}

_loaded: Any = None


def load() -> Any:
    """The library, loaded once a process: beside this file in a wheel, else where LIBCAIRN says."""
    global _loaded
    if _loaded is None:
        path = os.environ.get("LIBCAIRN") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "libcairn.so")
        try:
            library = ctypes.CDLL(path)
        except OSError as error:
            raise CairnError(
                "the engine cannot be loaded ({}): install the wheel for this machine, or set LIBCAIRN to a libcairn.so. "
                "What cairn does without it, cairn.stop_requested() and the rest, goes on working".format(error)
            ) from None
        broken_pipe = signal.getsignal(signal.SIGPIPE)
        abi = library.cairn_abi()
        if threading.current_thread() is threading.main_thread() and broken_pipe is not None:
            signal.signal(signal.SIGPIPE, broken_pipe)  # the engine's runtime ignores it from its first call on
        if abi != ABI or not all(hasattr(library, name) for name in _FUNCTIONS):
            raise CairnError(
                "{} speaks version {} of the engine's interface, and this package version {}{}: take both from one release".format(
                    path, abi, ABI, "" if abi != ABI else " with functions that it has not"
                )
            )
        for name, (returns, *arguments) in _FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = returns, arguments
        _loaded = library
    return _loaded


def text(words: str) -> bytes:
    """A text for the engine, where it would end at the letter 0."""
    try:
        encoded = words.encode("utf-8")
    except UnicodeEncodeError:
        raise MisuseError("{!r} cannot be written as UTF-8".format(words)) from None
    if b"\0" in encoded:
        raise MisuseError("{!r} has the letter 0 in it".format(words))
    return encoded


def path(place: Union[str, bytes, "os.PathLike[Any]"]) -> bytes:
    """The same for a path."""
    name = os.fsdecode(place)
    if not name:
        raise MisuseError("a path is empty")
    return text(name)


def texts(several: Sequence[str]) -> Any:
    """Options, or names, as an array that NULL ends."""
    return (c_char_p * (len(several) + 1))(*[text(one) for one in several], None)


def error(library: Any, code: int) -> CairnError:
    """The exception for what a function has just answered."""
    text = (library.cairn_error() or b"").decode("utf-8", "replace")
    return of_code(code, text, library.cairn_error_exit_code() or FAILED)
