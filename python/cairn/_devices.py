"""What lies on CUDA devices, on its way to the host: on streams of its own, into memory that is registered with the driver."""

import contextlib
import ctypes
from typing import Any, Callable, Dict, List, Tuple

from . import _arrays as arrays
from . import _job
from . import _library as native
from ._arrays import Leaf

_REGISTERED_FOR_ALL = 1  # CU_MEMHOSTREGISTER_PORTABLE


class Cuda:
    """The few things of PyTorch and the driver that copies need. The driver's own functions leave nothing behind that PyTorch would take for an error of its
    own, and the one that waits can be called by any thread: it needs neither Python nor a device of that thread's."""

    def __init__(self) -> None:
        self._driver: Any = None  # and ROCm, which PyTorch calls CUDA, too, has another
        if arrays.torch().version.cuda:
            with contextlib.suppress(OSError):
                self._driver = ctypes.CDLL("libcuda.so.1")

    def wait_function(self) -> Any:
        """What waits for an event, by its handle, as the engine calls it; None where copies have to be waited for at once."""
        return None if self._driver is None else ctypes.cast(self._driver.cuEventSynchronize, native.WAIT)

    def stream(self, index: int) -> Any:
        return arrays.torch().cuda.Stream(index)

    def copy(self, stream: Any, pieces: List[Tuple[Any, Any]], is_kept: bool, is_awaited: bool) -> Any:
        """Copies, in a stream and behind what the program has had its device do, tensors of bytes to the host.

        is_kept: what is copied stays until it is there. is_awaited: so is the program. Else there is an event to wait for, which this gives.
        """
        torch = arrays.torch()
        stream.wait_stream(torch.cuda.current_stream(stream.device))
        try:
            with torch.cuda.stream(stream):
                for to, source in pieces:
                    if not is_kept:
                        source.record_stream(stream)
                    to.copy_(source, non_blocking=True)
                if not is_awaited:
                    event = torch.cuda.Event(blocking=True)
                    event.record(stream)
                    return event
        except BaseException:
            stream.synchronize()
            raise
        stream.synchronize()
        return None

    def register(self, address: int, count: int) -> int:
        """0, or the driver's number for an error."""
        if self._driver is None:
            return int(arrays.torch().cuda.cudart().cudaHostRegister(address, count, _REGISTERED_FOR_ALL))
        return int(self._driver.cuMemHostRegister_v2(ctypes.c_void_p(address), ctypes.c_size_t(count), _REGISTERED_FOR_ALL))

    def unregister(self, address: int) -> int:
        if self._driver is None:
            return int(arrays.torch().cuda.cudart().cudaHostUnregister(address))
        return int(self._driver.cuMemHostUnregister(ctypes.c_void_p(address)))


class _Memory:
    """Memory of the engine's, into which it wants copies."""

    def __init__(self, address: int, count: int) -> None:
        self.address, self.count, self.registered = address, count, False
        self._all = arrays.torch().frombuffer((ctypes.c_uint8 * count).from_address(address), dtype=arrays.torch().uint8)

    def at(self, address: int, count: int) -> Any:
        return self._all[address - self.address : address - self.address + count]


def _index(tensor: Any) -> int:
    return tensor.device.index or 0


class Devices:
    """A run's devices: what the engine calls to have their tensors copied."""

    def __init__(self, answer: Callable[[Callable[[], Any]], int], is_overlapped: bool, is_copying: Callable[[], bool]) -> None:
        self._is_overlapped, self._is_copying = is_overlapped, is_copying
        self._cuda: Any = None
        self._tables: Dict[int, Tuple[Any, native.Device]] = {}  # by the device's index: its stream, and the engine's table
        self.leaves: Dict[int, Leaf] = {}  # what the engine was told of and may copy still, by its number there
        self._told = self._told_before = 0
        self._events: List[Any] = []
        self._memory: Dict[int, int] = {}  # that there is for copies: address, size
        self._used: List[_Memory] = []
        self._copy = native.COPY(lambda host, pieces, count, begun: answer(lambda: self._begin(host or 0, pieces, count, begun)))
        self.on_memory = native.MEMORY(self._on_memory)

    def tell(self, leaf: Leaf) -> Tuple[int, int]:
        """The engine is to know a tensor: its device's table, and its number."""
        index = _index(leaf.keep)
        if index not in self._tables:
            self._cuda = self._cuda or Cuda()
            wait = self._cuda.wait_function() or native.WAIT(0)
            self._tables[index] = self._cuda.stream(index), native.Device(self._copy, wait, index)
        self._told += 1
        self.leaves[self._told] = leaf
        return ctypes.addressof(self._tables[index][1]), self._told

    def let_go(self) -> None:
        """Behind a call: a device's memory is scarce, and what the program holds no more (a gradient, an average of before) is not kept until the next one.
        While a copy goes on beside the training, what only the optimizer's step changes is: that is what is being copied."""
        kept = {}
        if self._is_overlapped and self.leaves and self._is_copying():
            from_here = self._told_before if self._told > self._told_before else 0
            kept = {number: leaf for number, leaf in self.leaves.items() if number > from_here and leaf.flags & native.OPTIMIZER_STEP}
        for number in self.leaves.keys() - kept.keys():
            leaf = self.leaves[number]
            leaf.keep = leaf.source = None
        self.leaves, self._told_before = kept, self._told
        if not kept:
            self._events.clear()

    def _begin(self, index: int, pieces: Any, count: int, begun: Any) -> None:
        byte, (stream, table) = arrays.torch().uint8, self._tables[index]
        if self._memory:
            self._use_memory()
        copies = []
        for i in range(count):
            piece = pieces[i]
            source = self.leaves[piece.tensor].keep.detach().reshape(-1).view(byte)
            if piece.count != source.numel():
                source = source[piece.offset : piece.offset + piece.count]
            copies.append((self._host(piece.to, piece.count), source))
        event = self._cuda.copy(stream, copies, not self._is_overlapped, not table.wait)
        if event is not None:
            self._events.append(event)
            begun[0] = event.cuda_event

    def _host(self, address: int, count: int) -> Any:
        for memory in self._used:
            if memory.address <= address and address + count <= memory.address + memory.count:
                return memory.at(address, count)
        return arrays.torch().frombuffer((ctypes.c_uint8 * count).from_address(address), dtype=arrays.torch().uint8)

    def _use_memory(self) -> None:
        for address, count in self._memory.items():
            memory = _Memory(address, count)
            failed = self._cuda.register(address, count)
            if failed:
                _job._say(
                    "the memory for saves ({} bytes) cannot be registered with CUDA (its error {}): copies from the device go on, but slower".format(
                        count, failed
                    )
                )
            memory.registered = not failed
            self._used.append(memory)
        self._memory.clear()

    def _on_memory(self, host: Any, address: int, count: int, comes: int) -> int:
        if comes:
            self._memory[address] = count
            return 0
        self._memory.pop(address, None)
        for memory in [one for one in self._used if one.address == address]:
            self._used.remove(memory)
            failed = self._cuda.unregister(address) if memory.registered else 0
            if failed:  # a device may still write into it: in a thread that never used CUDA, say
                _job._say(
                    "{} bytes of memory for saves stay registered with CUDA until the program's end (its error {}): close the run in the thread "
                    "that trained".format(count, failed)
                )
                return 1
        return 0
