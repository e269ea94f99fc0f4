"""Parts of the state, as the engine asks for them: describe, compare, put back."""

import copy
import inspect
import json
import random
import struct
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple, TypeVar

from . import _arrays as arrays
from . import _job
from . import _library as native
from . import _state
from ._arrays import Leaf, form, split_mark
from ._conditions import torch_conditions
from ._gradients import Gradients, is_of_gradients
from ._split import refuse_thing
from ._seeds import derive, seed_all
from ._tables import Plain, SavedTensor
from .errors import CairnError, UntrackableError

_TYPE = "!type"
_DEVICES = "!devices"
#: Values of a part that are no part of its state.
ABOUT = (_TYPE, _DEVICES, _state.ORDER)
_MOST_NAMED = 5
_KNOWN = ("builtins", "cairn", "numpy", "random", "torch")
_Anything = TypeVar("_Anything")

Tensors = Dict[str, SavedTensor]
Values = Dict[str, Plain]
#: Reads the checkpoint's tensors of these names into these leaves' memory.
Read = Callable[[List[Leaf]], None]


class Described:
    """What a part is at a step boundary."""

    def __init__(
        self, tensors: Iterable[Leaf] = (), values: Iterable[Tuple[str, Plain, int]] = (), conditions: Iterable[Tuple[str, str]] = ()
    ) -> None:
        self.tensors, self.values, self.conditions = list(tensors), list(values), list(conditions)


class Part:
    """Something that a checkpoint holds."""

    #: What it is where there are several ranks.
    ranks = native.SAME
    own_buffers: Sequence[str] = ()  # of a module: those that are not kept the same on all ranks

    def missing(self, parts: Mapping[str, "Part"]) -> Optional[str]:
        """What it is of no use without and is not among these; None when nothing is missing."""

    def describe(self) -> Described:
        raise NotImplementedError

    def differences(self, tensors: Tensors, values: Values) -> Iterator[str]:
        """What keeps the checkpoint's from being put back, a line each. Changes nothing."""
        raise NotImplementedError

    def restore(self, tensors: Tensors, values: Values, read: Read) -> None:
        raise NotImplementedError

    def comes_new(self, rank: int) -> None:
        """What was put back is rank 0's, for this rank was not there. With OWN_OR_FIRST alone."""
        raise NotImplementedError


def named(name: str, work: Callable[[], _Anything]) -> _Anything:
    """Does it, and an error names the part."""
    try:
        return work()
    except CairnError as error:
        if not error.args[0].startswith("part '"):
            error.args = ("part '{}': {}".format(name, error.args[0]),)
        raise


def part_of(name: str, thing: Any) -> Part:
    """The part that a thing of the program's makes."""
    return named(name, lambda: _part_of(name, thing))


def _part_of(name: str, thing: Any) -> Part:
    if hasattr(type(thing), "_as_part"):
        part: Part = thing._as_part()
        return part
    torch, numpy = arrays.torch(), arrays.numpy()
    if torch is not None:
        refuse_thing(name, thing)
        if isinstance(thing, torch.nn.Module):
            module = bare(thing)
            is_plain = _tells_of_tensors(module)
            made = ModulePart(module) if is_plain else StatePart(module, module.state_dict, module.load_state_dict)
            made.own_buffers = own_buffers(thing)
            return made
        if isinstance(thing, torch.Generator):
            return StatePart(
                thing,
                lambda: {"state": thing.get_state(), "device": str(thing.device)},
                lambda state: thing.set_state(state["state"]),
                by_rank=True,
            )
        if isinstance(thing, torch.Tensor):
            return StatePart(thing, lambda: {"tensor": thing}, lambda state: _fill(thing, state["tensor"]))
        if isinstance(thing, torch.optim.Optimizer):
            return OptimizerPart(thing)
        if isinstance(thing, _schedulers()):
            return SchedulerPart(thing)
        if isinstance(thing, _scalers()):
            return SettingsPart(thing, thing.state_dict, thing.load_state_dict)
    if numpy is not None:
        if isinstance(thing, numpy.ndarray):
            return StatePart(thing, lambda: {"array": thing}, lambda state: numpy.copyto(thing, state["array"]))
        if isinstance(thing, numpy.random.Generator):
            bits = thing.bit_generator
            return StatePart(bits, lambda: bits.state, lambda state: setattr(bits, "state", state), by_rank=True)
    if isinstance(thing, random.Random):
        return StatePart(thing, thing.getstate, thing.setstate, by_rank=True)
    if callable(getattr(thing, "state_dict", None)) and callable(getattr(thing, "load_state_dict", None)):
        return StatePart(thing, thing.state_dict, thing.load_state_dict)
    if isinstance(thing, dict):
        return StatePart(
            thing, lambda: thing, lambda state: (thing.clear(), thing.update(state)), is_open=True, by_rank=True, in_place=True
        )
    if isinstance(thing, list):
        return StatePart(
            thing, lambda: thing, lambda state: thing.__setitem__(slice(None), state), is_open=True, by_rank=True, in_place=True
        )
    raise UntrackableError(
        "part '{}' is a {}.{}, which cannot be tracked: anything with state_dict() and load_state_dict() can, tensors, arrays, generators, and "
        "dictionaries and lists, which are put back in place. A number of its own is tracked in a dictionary, or by run.track_value(name, get, "
        "set)".format(name, type(thing).__module__, type(thing).__qualname__),
        78,
    )


# A state_dict() of the program's own may give anything, and need not know torch's arguments.
def _tells_of_tensors(module: Any) -> bool:
    if type(module).state_dict is arrays.torch().nn.Module.state_dict:
        return True
    names = inspect.signature(module.state_dict).parameters.values()
    return any(one.name == "keep_vars" or one.kind is one.VAR_KEYWORD for one in names)


def bare(module: Any) -> Any:
    """The module without what DistributedDataParallel, DataParallel and torch.compile put around it: a checkpoint fits the bare model."""
    torch = arrays.torch()
    wrappers = tuple(
        wrapper
        for wrapper in (getattr(torch.nn, "DataParallel", None), getattr(torch.nn.parallel, "DistributedDataParallel", None))
        if wrapper
    )
    while True:
        if isinstance(module, wrappers):
            module = module.module
        elif isinstance(getattr(module, "_orig_mod", None), torch.nn.Module):
            module = module._orig_mod
        else:
            return module


def own_buffers(module: Any) -> List[str]:
    """Running means that DistributedDataParallel was told not to make rank 0's on all ranks before each forward pass."""
    return running_means(bare(module)) if getattr(module, "broadcast_buffers", True) is False else []


def running_means(module: Any) -> List[str]:
    """By their names; without those that its layers keep the same on all ranks."""
    torch = arrays.torch()
    return [
        name + ".running_mean"
        for name, one in module.named_modules()
        if isinstance(one, torch.nn.modules.batchnorm._BatchNorm)
        and not isinstance(one, torch.nn.SyncBatchNorm)
        and one.running_mean is not None
    ]


def _fill(tensor: Any, state: Any) -> None:
    with arrays.torch().no_grad():
        tensor.copy_(state)


def compare(mine: Mapping[str, object], saved: Mapping[str, object]) -> Iterator[str]:
    """Leaves that only one side has, or that have another form. Both: form by path."""
    for path in mine:
        if path not in saved:
            yield "{} ({}) is not in the checkpoint".format(path, mine[path])
        elif mine[path] != saved[path]:
            yield "{} is {}, in the checkpoint {}".format(path, mine[path], saved[path])
    for path in saved:
        if path not in mine:
            yield "{} ({}) is in the checkpoint, but not in the program".format(path, saved[path])


class StatePart(Part):
    """Anything that gives its state and takes it back."""

    _tensor_flags = native.OF_FIRST_RANK  # as its values are: nobody knows what it makes of what its rank alone has seen

    # is_open: whether it may lack what it has now when it is put back. in_place: whether the state is the thing itself, and no load_state_dict() makes of
    # it what it likes.
    def __init__(
        self,
        thing: object,
        get: Callable[[], Any],
        put: Callable[[Any], Any],
        is_open: bool = False,
        by_rank: bool = False,
        in_place: bool = False,
    ) -> None:
        self.kind, self._get, self._put, self._in_place = type(thing).__qualname__, get, put, in_place
        #: Whether it is of a class of the program's own, of which nobody knows what it holds.
        self.is_own = type(thing).__module__.partition(".")[0] not in _KNOWN
        # Others may come while it is used (a scheduler that notes what it did last), and are there when it is put back.
        self._memo = _state.Memo()
        self._at_start = [] if is_open else _tops(_state.flatten(get()).order)
        self._has_devices = True
        #: The tracked modules by their names.
        self.modules: Dict[str, "ModulePart"] = {}
        self._said_aliases = False
        self.ranks = native.MAY_DIFFER if by_rank else native.SAME

    def flatten(self) -> _state.Flat:
        return _state.flatten(self._get(), self._memo, self._in_place)

    def aliases(self) -> List[str]:
        """Of a dictionary or a list: which of its tensors are those of a tracked module. What is put back are others, so they would part there."""
        if not self._in_place or not self.modules:
            return []
        theirs = {
            _place(leaf): "{} is part '{}' itself ({})".format("{}", name, leaf.name)
            for name, part in self.modules.items()
            for leaf in part.flatten().tensors
        }
        mine = [leaf for leaf in self.flatten().tensors if arrays.is_tensor(leaf.source)]
        return [theirs[_place(leaf)].format(leaf.name) for leaf in mine if leaf.address and _place(leaf) in theirs]

    def describe(self) -> Described:
        flat = self.flatten()
        aliases = self.aliases() if flat.tensors and not self._said_aliases else []
        if aliases:
            self._said_aliases = True
            _job._say(
                "{}, and no copy: behind a cut it is what that was when it was saved, and goes on with it no more. Clone what is to stay as it is "
                "(copy.deepcopy(model.state_dict()))".format(aliases[0])
            )
        values: List[Tuple[str, Plain, int]] = [(path, value, self._flags(path)) for path, value in flat.values.items()]
        values += [(_TYPE, self.kind, 0), (_state.ORDER, _state.order_text(flat), 0)]
        for leaf in flat.tensors:
            leaf.flags |= self._tensor_flags
        devices = {leaf.name: str(leaf.source.device) for leaf in flat.tensors if arrays.is_elsewhere(leaf)} if self._has_devices else {}
        if devices:
            values.append((_DEVICES, json.dumps(devices), 0))
        return Described(flat.tensors, values, torch_conditions(flat.tensors) if flat.tensors else ())

    def differences(self, tensors: Tensors, values: Values) -> Iterator[str]:
        if values.get(_TYPE) != self.kind or _state.ORDER not in values:
            yield "it is a {}, in the checkpoint {}".format(self.kind, values.get(_TYPE) or "it is none")
            return
        yield from self._find(self.flatten(), tensors, values)

    def restore(self, tensors: Tensors, values: Values, read: Read) -> None:
        flat = self.flatten()
        leaves = {path: _state.new_memory(path, saved) for path, saved in tensors.items()}
        read(list(leaves.values()))
        if _state.ORDER not in values:  # tensors that were chosen by their names: all else is as it is
            self._put(_state.rebuild(flat.order, dict({leaf.name: leaf for leaf in flat.tensors}, **leaves), flat.values, flat.functions))
            return
        order = _state.read_order(values[_state.ORDER])
        self._put(_state.rebuild(order, self._on_devices(leaves, flat, values), values, flat.functions))
        self._mend(leaves)
        self._check(leaves, values)

    def _mend(self, leaves: Mapping[str, Leaf]) -> None:
        pass

    # A tensor is read on the host. It goes where the program has it, or where it was when it was saved.
    def _on_devices(self, leaves: Mapping[str, Leaf], flat: _state.Flat, values: Values) -> Dict[str, Leaf]:
        there = {leaf.name: str(leaf.source.device) for leaf in flat.tensors if arrays.is_tensor(leaf.source)}
        devices = dict(json.loads(str(values.get(_DEVICES, "{}"))), **there) if self._has_devices else {}
        return {path: _moved(leaf, devices.get(path, "cpu")) for path, leaf in leaves.items()}

    # Whatever load_state_dict() did not take, or changed on the way (another element type, say), would go on as another state.
    def _check(self, leaves: Mapping[str, Leaf], values: Values) -> None:
        flat = self.flatten()
        wrong = []
        mine = {leaf.name: leaf for leaf in flat.tensors}
        for path, leaf in leaves.items():
            if path not in mine or mine[path].dtype != leaf.dtype or mine[path].shape != leaf.shape:
                wrong.append("{} was {} and is {}".format(path, form(leaf), form(mine[path]) if path in mine else "not there"))
            elif arrays.is_tensor(leaf.keep) and not arrays.same_bytes(leaf, mine[path]):
                wrong.append("{} has other bytes".format(path))
        for path, value in values.items():
            if path not in ABOUT and (path not in flat.values or not _same(value, flat.values[path])):
                wrong.append("{} was {!r} and is {!r}".format(path, value, flat.values.get(path, "not there")))
        wrong += ["{} is new".format(path) for path in list(mine) + list(flat.values) if path not in leaves and path not in values]
        if wrong:
            raise UntrackableError(
                "it does not take back what it gave, so it cannot go on as it was: {}{}".format(
                    "; ".join(wrong[:_MOST_NAMED]), " and {} more".format(len(wrong) - _MOST_NAMED) if len(wrong) > _MOST_NAMED else ""
                ),
                78,
            )

    def _flags(self, path: str) -> int:
        return 0

    # What may be there later and not at the start (an optimizer's state) is no difference; what must be the same is each part's own affair.
    def _find(self, flat: _state.Flat, tensors: Tensors, values: Values) -> Iterator[str]:
        for path, value in values.items():
            plain, mark = split_mark(path)
            if mark == "function" and (plain not in flat.functions or flat.values.get(path) != value):
                yield "{} is the function {}, in the checkpoint {}".format(plain, flat.values.get(path, "of no name"), value)
        saved = _tops([*tensors, *values])
        yield from ("{} is not in the checkpoint".format(top) for top in self._at_start if top not in saved)


def _place(leaf: Leaf) -> Tuple[str, int]:
    return str(leaf.source.device), int(leaf.source.data_ptr())


def _moved(leaf: Leaf, device: str) -> Leaf:
    if device == "cpu" or not arrays.is_tensor(leaf.keep):
        return leaf
    moved = copy.copy(leaf)
    try:
        moved.keep = leaf.keep.to(device)
    except (RuntimeError, AssertionError) as error:  # the latter from a torch that knows no CUDA
        _job._say("{} was on {}, and is on the host now: {}".format(leaf.name, device, str(error).partition("\n")[0]))
    return moved


def _tops(paths: Iterable[str]) -> List[str]:
    return list(dict.fromkeys(split_mark(path)[0].split("/")[0] for path in paths))


def _same(one: Plain, other: Plain) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return struct.pack("=d", one) == struct.pack("=d", other)
    return type(one) is type(other) and one == other


class OptimizerPart(StatePart):
    """An optimizer of torch: no state before its first step, which makes it. Settings of its groups are told when a later start has others. Gradients that
    go from one step into the next belong to it."""

    _tensor_flags = 0

    def __init__(self, optimizer: Any) -> None:
        super().__init__(optimizer, optimizer.state_dict, optimizer.load_state_dict)
        self.optimizer = optimizer
        self._has_devices = False  # load_state_dict() brings each tensor to its parameter
        self.gradients = Gradients(optimizer)

    # Its state changes in its step alone, so an overlapped save may copy it as late as the parameters. A rate that is a tensor others change, too.
    def describe(self) -> Described:
        described = super().describe()
        for leaf in described.tensors:
            if leaf.name.startswith("state/"):
                leaf.flags |= native.OPTIMIZER_STEP
        tensors, values = self.gradients.describe()
        described.tensors += tensors
        described.values += values
        return described

    def restore(self, tensors: Tensors, values: Values, read: Read) -> None:
        super().restore(
            {path: one for path, one in tensors.items() if not is_of_gradients(path)},
            {path: one for path, one in values.items() if not is_of_gradients(path)},
            read,
        )
        self.gradients.restore(tensors, values, read)

    # Torch gives a state the element type of its parameter: of one that has another (float32 beside bfloat16), nothing would be as it was.
    def _mend(self, leaves: Mapping[str, Leaf]) -> None:
        parameters = [parameter for group in self.optimizer.param_groups for parameter in group["params"]]
        for path, leaf in leaves.items():
            segments, mark = _state.split(path)
            if mark or len(segments) != 3 or segments[0][1] != "state" or not isinstance(segments[1][1], int):
                continue
            state, key = self.optimizer.state[parameters[segments[1][1]]], segments[2][1]
            if arrays.is_tensor(state.get(key)) and state[key].dtype != leaf.keep.dtype:
                state[key] = leaf.keep.to(state[key].device)

    def _flags(self, path: str) -> int:
        return native.SETTING if self._is_setting(path) else 0

    @staticmethod
    def _is_setting(path: str) -> bool:
        return path.startswith("param_groups/") and "/params/" not in path

    def _find(self, flat: _state.Flat, tensors: Tensors, values: Values) -> Iterator[str]:
        def groups(content: Mapping[str, Plain]) -> Dict[str, str]:
            return {
                split_mark(path)[0]: "" if self._is_setting(path) else str(value)
                for path, value in content.items()
                if path.startswith("param_groups/")
            }

        for difference in compare(groups(flat.values), groups(values)):
            yield difference.replace(" ()", "")
        yield from self.gradients.differences(tensors)


class SettingsPart(StatePart):
    """What is made with settings that a checkpoint puts back: they are told when a later start makes it with others."""

    # At the start counters are the same in every attempt. The rate that a scheduler gave last is the optimizer's.
    def _flags(self, path: str) -> int:
        return 0 if "_last_lr/" in path or split_mark(path)[1] == "function" else native.SETTING


class SchedulerPart(SettingsPart):
    """A learning-rate scheduler of torch: its optimizer has to be tracked, too."""

    def __init__(self, scheduler: Any) -> None:
        super().__init__(scheduler, scheduler.state_dict, scheduler.load_state_dict)
        self._scheduler = scheduler

    def missing(self, parts: Mapping[str, Part]) -> Optional[str]:
        optimizer = getattr(self._scheduler, "optimizer", None)
        optimizer = getattr(optimizer, "optimizer", optimizer)  # what a framework has put around it
        if optimizer is None:
            return None
        for part in parts.values():
            if isinstance(part, OptimizerPart):
                if part.optimizer is optimizer:
                    return None
            elif isinstance(part, StatePart) and part.is_own:
                return None  # which may hold it
        return "the optimizer of {} is not tracked, but the learning rate is part of its state: call run.track(optimizer=optimizer), too".format(
            type(self._scheduler).__name__
        )


def _scalers() -> Tuple[Any, ...]:
    places = (getattr(arrays.torch(), "amp", None), arrays.torch().cuda.amp)
    return tuple({place.GradScaler for place in places if hasattr(place, "GradScaler")})


def _schedulers() -> Tuple[Any, ...]:
    known = arrays.torch().optim.lr_scheduler
    return tuple(getattr(known, name) for name in ("LRScheduler", "_LRScheduler", "ReduceLROnPlateau") if hasattr(known, name))


class ModulePart(Part):
    """A module of torch: parameters and buffers under their names, put back in place."""

    def __init__(self, module: Any) -> None:
        self._module = module
        self._memo = _state.Memo()

    # With the tensors themselves, where state_dict() would make a new one for each.
    def flatten(self) -> _state.Flat:
        return _state.flatten(self._module.state_dict(keep_vars=True), self._memo)

    def describe(self) -> Described:
        flat = self.flatten()
        parameter = arrays.torch().nn.Parameter
        for leaf in flat.tensors:
            if isinstance(leaf.source, parameter):
                leaf.flags = native.OPTIMIZER_STEP if leaf.source.requires_grad else native.OPTIMIZER_STEP | native.FROZEN
            else:
                leaf.flags = native.OF_FIRST_RANK  # a running mean, say, which each rank's forward pass updates by its own samples
        return Described(flat.tensors, [(path, value, 0) for path, value in flat.values.items()], torch_conditions(flat.tensors))

    def differences(self, tensors: Tensors, values: Values) -> Iterator[str]:
        flat = self.flatten()
        yield from compare({leaf.name: form(leaf) for leaf in flat.tensors}, {path: form(saved) for path, saved in tensors.items()})
        # Of values (extra state, a weight that is tied to another) the names must be the same; the tied ones' partners, too.
        yield from compare(
            *({path: value if path.endswith("!same") else "a value" for path, value in one.items()} for one in (flat.values, values))
        )

    def restore(self, tensors: Tensors, values: Values, read: Read) -> None:
        flat = self.flatten()
        if any(not path.endswith("!same") for path in values):
            leaves = {path: _state.new_memory(path, saved) for path, saved in tensors.items()}
            read(list(leaves.values()))
            self._module.load_state_dict(_state.rebuild(flat.order, leaves, values, flat.functions))
            return
        live = self._module.state_dict(keep_vars=True)
        by_path = {_state._key("", name): tensor for name, tensor in live.items()}
        targets, copies = [], []
        for leaf in flat.tensors:
            if leaf.name not in tensors:
                continue  # where tensors are chosen by their names
            if arrays.is_in_place(leaf, by_path[leaf.name]):
                targets.append(leaf)
            else:
                copies.append((by_path[leaf.name], arrays.new_tensor(leaf.name, leaf)))
                targets.append(copies[-1][1])
        read(targets)
        for tensor, leaf in copies:
            _fill(tensor, leaf.keep)


class ValuePart(Part):
    """One plain value, by functions that get and set it."""

    ranks = native.MAY_DIFFER

    def __init__(self, get: Callable[[], Any], put: Callable[[Any], Any]) -> None:
        self._get, self._put = get, put
        self._value()

    def _value(self) -> Plain:
        flat = _state.flatten(self._get())
        if list(flat.values) != [""]:
            raise UntrackableError("it is {!r}: one number, flag, text or None is tracked so".format(self._get()), 78)
        return flat.values[""]

    def describe(self) -> Described:
        return Described(values=[("value", self._value(), 0)])

    def differences(self, tensors: Tensors, values: Values) -> Iterator[str]:
        if tensors or list(values) != ["value"]:
            yield "it is a value, in the checkpoint it is none"

    def restore(self, tensors: Tensors, values: Values, read: Read) -> None:
        self._put(values["value"])


class RandomPart(Part):
    """The random numbers of Python, and of NumPy and torch (CUDA too) where the program has imported them; and torch's thread count, for sums depend on it."""

    ranks = native.OWN_OR_FIRST

    def describe(self) -> Described:
        tensors: List[Leaf] = []
        values: List[Tuple[str, Plain, int]] = []
        conditions: List[Tuple[str, str]] = []
        version, numbers, gauss = random.getstate()
        tensors.append(arrays.of_bytes("python", struct.pack("<{}Q".format(len(numbers)), *numbers)))
        values += [("python.version", version, 0), ("python.gauss", gauss, 0)]
        numpy, torch = arrays.numpy(), arrays.torch()
        if numpy is not None:
            flat = _state.flatten(numpy.random.get_state(legacy=False))
            for leaf in flat.tensors:
                leaf.name = "numpy/" + leaf.name
            tensors += flat.tensors
            values += [("numpy/" + path, value, 0) for path, value in flat.values.items()]
            values.append(("numpy.order", _state.order_text(flat), 0))
        if torch is not None:
            tensors.append(arrays.of_tensor("torch", torch.get_rng_state()))
            tensors += [arrays.of_tensor("cuda.{}".format(i), state) for i, state in enumerate(_cuda_states())]
            values.append(("torch.threads", torch.get_num_threads(), 0))
            conditions = torch_conditions()
        return Described(tensors, values, conditions)

    def differences(self, tensors: Tensors, values: Values) -> Iterator[str]:
        if "python" not in tensors or values.get("python.version") != random.getstate()[0]:
            yield "the random numbers of Python are not in the checkpoint in this version's form"
        torch = arrays.torch()
        if "torch" in tensors and torch is None:
            yield "torch's are in the checkpoint, and the program has not imported it"
        elif "torch" not in tensors and torch is not None:
            yield "torch's are not in the checkpoint"
        if "numpy.order" in values and arrays.numpy() is None:
            yield "NumPy's are in the checkpoint, and the program has not imported it"
        devices = [name for name in tensors if name.startswith("cuda.")]
        if torch is not None and len(devices) != len(_cuda_states()):
            yield "there are {} CUDA devices, in the checkpoint {}".format(len(_cuda_states()), len(devices))

    def restore(self, tensors: Tensors, values: Values, read: Read) -> None:
        torch = arrays.torch()
        leaves = {
            path: arrays.new_bytes(path, saved) if path == "python" else _state.new_memory(path, saved) for path, saved in tensors.items()
        }
        read(list(leaves.values()))
        numbers = arrays.to_bytes(leaves["python"])
        random.setstate((values["python.version"], struct.unpack("<{}Q".format(len(numbers) // 8), numbers), values["python.gauss"]))
        if "numpy.order" in values:
            cut = len("numpy/")
            arrays.numpy().random.set_state(
                _state.rebuild(
                    _state.read_order(values["numpy.order"]),
                    {path[cut:]: leaf for path, leaf in leaves.items() if path.startswith("numpy/")},
                    {path[cut:]: value for path, value in values.items() if path.startswith("numpy/")},
                    {},
                )
            )
        if "torch" in leaves:
            torch.set_num_threads(values["torch.threads"])
            torch.set_rng_state(leaves["torch"].keep)
            states = [leaves["cuda.{}".format(i)].keep for i in range(len(_cuda_states()))]
            if states:
                torch.cuda.set_rng_state_all(states)

    def comes_new(self, rank: int) -> None:
        numpy, torch = arrays.numpy(), arrays.torch()
        drawn = [random.getrandbits(62), numpy and int(numpy.random.randint(1 << 62)), torch and int(torch.randint(1 << 62, ()))]
        seed = derive(drawn, rank)
        seed_all(seed)
        if torch is not None and torch.cuda.is_available():
            torch.cuda.manual_seed_all(seed)


def _cuda_states() -> List[Any]:
    torch = arrays.torch()
    return list(torch.cuda.get_rng_state_all()) if torch.cuda.is_available() else []
