"""Parts of the state, as the engine asks for them: describe, compare, put back."""

import random
import struct

from . import _arrays as arrays
from . import _library as native
from . import _state
from ._arrays import form
from .errors import UntrackableError

_TYPE = "!type"
_MOST_NAMED = 5


class Described:
    """What a part is at a step boundary."""

    def __init__(self, tensors=(), values=(), conditions=()):
        self.tensors, self.values, self.conditions = list(tensors), list(values), list(conditions)


def part_of(name, thing):
    """The part that a thing of the program's makes."""
    torch, numpy = arrays.torch(), arrays.numpy()
    if torch is not None:
        if isinstance(thing, torch.nn.Module):
            return ModulePart(bare(thing))
        if isinstance(thing, torch.Generator):
            return StatePart(thing, lambda: {"state": thing.get_state(), "device": str(thing.device)}, lambda state: thing.set_state(state["state"]))
        if isinstance(thing, torch.Tensor):
            return StatePart(thing, lambda: {"tensor": thing}, lambda state: _fill(thing, state["tensor"]))
        if isinstance(thing, torch.optim.Optimizer):
            return OptimizerPart(thing)
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
        return StatePart(thing, lambda: thing, lambda state: (thing.clear(), thing.update(state)), is_open=True, by_rank=True)
    if isinstance(thing, list):
        return StatePart(thing, lambda: thing, lambda state: thing.__setitem__(slice(None), state), is_open=True, by_rank=True)
    raise UntrackableError(
        "part '{}' is a {}.{}, which cannot be tracked: anything with state_dict() and load_state_dict() can, tensors, arrays, generators, and "
        "dictionaries and lists, which are put back in place. A number of its own is tracked in a dictionary, or by run.track_value(name, get, "
        "set)".format(name, type(thing).__module__, type(thing).__qualname__), 78)


def bare(module):
    """The module without what DistributedDataParallel, DataParallel and torch.compile put around it: a checkpoint fits the bare model."""
    torch = arrays.torch()
    wrappers = tuple(
        wrapper for wrapper in (getattr(torch.nn, "DataParallel", None), getattr(torch.nn.parallel, "DistributedDataParallel", None)) if wrapper)
    while True:
        if isinstance(module, wrappers):
            module = module.module
        elif isinstance(getattr(module, "_orig_mod", None), torch.nn.Module):
            module = module._orig_mod
        else:
            return module


def _fill(tensor, state):
    with arrays.torch().no_grad():
        tensor.copy_(state)


def torch_conditions(flat=None):
    """What must be the same for torch to compute the same bits."""
    torch = arrays.torch()
    if torch is None:
        return []
    return [("torch", torch.__version__), ("threads", str(torch.get_num_threads()))]


def _compare(mine, saved):
    """Leaves that only one side has, or that have another form. Both: form by path."""
    for path in mine:
        if path not in saved:
            yield "{} ({}) is not in the checkpoint".format(path, mine[path])
        elif mine[path] != saved[path]:
            yield "{} is {}, in the checkpoint {}".format(path, mine[path], saved[path])
    for path in saved:
        if path not in mine:
            yield "{} ({}) is in the checkpoint, but not in the program".format(path, saved[path])


class StatePart:
    """Anything that gives its state and takes it back."""

    # is_open: whether it may lack what it has now when it is put back.
    def __init__(self, thing, get, put, is_open=False, by_rank=False):
        self._type, self._get, self._put = type(thing).__qualname__, get, put
        # Others may come while it is used (a scheduler that notes what it did last), and are there when it is put back.
        self._at_start = [] if is_open else _tops(_state.flatten(get()).order)
        self.ranks = native.MAY_DIFFER if by_rank else native.SAME

    def flatten(self):
        return _state.flatten(self._get())

    def describe(self):
        flat = self.flatten()
        values = [(path, value, self._flags(path)) for path, value in flat.values.items()]
        values += [(_TYPE, self._type, 0), (_state.ORDER, _state.order_text(flat), 0)]
        return Described(flat.tensors, values, torch_conditions() if flat.tensors else ())

    def differences(self, tensors, values):
        if values.get(_TYPE) != self._type or _state.ORDER not in values:
            yield "it is a {}, in the checkpoint {}".format(self._type, values.get(_TYPE) or "it is none")
            return
        yield from self._find(self.flatten(), tensors, values)

    def restore(self, tensors, values, read):
        flat = self.flatten()
        leaves = {path: _state.new_memory(path, saved) for path, saved in tensors.items()}
        read(list(leaves.values()))
        self._put(_state.rebuild(_state.read_order(values[_state.ORDER]), leaves, values, flat.functions))
        self._mend(leaves)
        self._check(leaves, values)

    def _mend(self, leaves):
        pass

    # Whatever load_state_dict() did not take, or changed on the way (another element type, say), would go on as another state.
    def _check(self, leaves, values):
        flat = self.flatten()
        wrong = []
        mine = {leaf.name: leaf for leaf in flat.tensors}
        for path, leaf in leaves.items():
            if path not in mine or mine[path].dtype != leaf.dtype or mine[path].shape != leaf.shape:
                wrong.append("{} was {} and is {}".format(path, form(leaf), form(mine[path]) if path in mine else "not there"))
            elif arrays.is_tensor(leaf.keep) and not arrays.same_bytes(leaf, mine[path]):
                wrong.append("{} has other bytes".format(path))
        for path, value in values.items():
            if path not in (_TYPE, _state.ORDER) and (path not in flat.values or not _same(value, flat.values[path])):
                wrong.append("{} was {!r} and is {!r}".format(path, value, flat.values.get(path, "not there")))
        wrong += ["{} is new".format(path) for path in list(mine) + list(flat.values) if path not in leaves and path not in values]
        if wrong:
            raise UntrackableError("it does not take back what it gave, so it cannot go on as it was: {}{}".format(
                "; ".join(wrong[:_MOST_NAMED]), " and {} more".format(len(wrong) - _MOST_NAMED) if len(wrong) > _MOST_NAMED else ""), 78)

    def _flags(self, path):
        return 0

    # What may be there later and not at the start (an optimizer's state) is no difference; what must be the same is each part's own affair.
    def _find(self, flat, tensors, values):
        for path, value in values.items():
            plain, mark = _state.split_mark(path)
            if mark == "function" and (plain not in flat.functions or flat.values.get(path) != value):
                yield "{} is the function {}, in the checkpoint {}".format(plain, flat.values.get(path, "of no name"), value)
        saved = _tops([*tensors, *values])
        yield from ("{} is not in the checkpoint".format(top) for top in self._at_start if top not in saved)


def _tops(paths):
    return list(dict.fromkeys(_state.split_mark(path)[0].split("/")[0] for path in paths))


def _same(one, other):
    return type(one) is type(other) and (struct.pack("=d", one) == struct.pack("=d", other) if isinstance(one, float) else one == other)


class OptimizerPart(StatePart):
    """An optimizer of torch: no state before its first step, which makes it. Settings of its groups are told when a later start has others."""

    def __init__(self, optimizer):
        super().__init__(optimizer, optimizer.state_dict, optimizer.load_state_dict)
        self._optimizer = optimizer

    # Torch gives a state the element type of its parameter: of one that has another (float32 beside bfloat16), nothing would be as it was.
    def _mend(self, leaves):
        parameters = [parameter for group in self._optimizer.param_groups for parameter in group["params"]]
        for path, leaf in leaves.items():
            segments, mark = _state.split(path)
            if mark or len(segments) != 3 or segments[0][1] != "state" or not isinstance(segments[1][1], int):
                continue
            state, key = self._optimizer.state[parameters[segments[1][1]]], segments[2][1]
            if arrays.is_tensor(state.get(key)) and state[key].dtype != leaf.keep.dtype:
                state[key] = leaf.keep.to(state[key].device)

    def _flags(self, path):
        return native.SETTING if self._is_setting(path) else 0

    @staticmethod
    def _is_setting(path):
        return path.startswith("param_groups/") and "/params/" not in path

    def _find(self, flat, tensors, values):
        def groups(content):
            return {_state.split_mark(path)[0]: "" if self._is_setting(path) else str(value)
                    for path, value in content.items() if path.startswith("param_groups/")}

        for difference in _compare(groups(flat.values), groups(values)):
            yield difference.replace(" ()", "")


class ModulePart:
    """A module of torch: parameters and buffers under their names, put back in place."""

    ranks = native.SAME

    def __init__(self, module):
        self._module = module

    def flatten(self):
        return _state.flatten(self._module.state_dict())

    def describe(self):
        flat = self.flatten()
        training = {name: parameter.requires_grad for name, parameter in self._module.named_parameters()}
        for leaf in flat.tensors:
            needs = training.get(leaf.name)
            leaf.flags = 0 if needs is None else native.OPTIMIZER_STEP | (0 if needs else native.FROZEN)
        return Described(flat.tensors, [(path, value, 0) for path, value in flat.values.items()], torch_conditions())

    def differences(self, tensors, values):
        flat = self.flatten()
        yield from _compare({leaf.name: form(leaf) for leaf in flat.tensors}, {path: form(saved) for path, saved in tensors.items()})
        # Of values (extra state, a weight that is tied to another) the names must be the same; the tied ones' partners, too.
        yield from _compare(*({path: value if path.endswith("!same") else "a value" for path, value in one.items()} for one in (flat.values, values)))

    def restore(self, tensors, values, read):
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
            if arrays.is_in_place(leaf, by_path[leaf.name]):
                targets.append(leaf)
            else:
                copies.append((by_path[leaf.name], arrays.new_tensor(leaf.name, leaf)))
                targets.append(copies[-1][1])
        read(targets)
        for tensor, leaf in copies:
            _fill(tensor, leaf.keep)


class ValuePart:
    """One plain value, by functions that get and set it."""

    ranks = native.MAY_DIFFER

    def __init__(self, get, put):
        self._get, self._put = get, put
        self._value()

    def _value(self):
        flat = _state.flatten(self._get())
        if list(flat.values) != [""]:
            raise UntrackableError("it is {!r}: one number, flag, text or None is tracked so".format(self._get()), 78)
        return flat.values[""]

    def describe(self):
        return Described(values=[("value", self._value(), 0)])

    def differences(self, tensors, values):
        if tensors or list(values) != ["value"]:
            yield "it is a value, in the checkpoint it is none"

    def restore(self, tensors, values, read):
        self._put(values["value"])


class RandomPart:
    """The random numbers of Python, and of NumPy and torch (CUDA too) where the program has imported them; and torch's thread count, for sums depend on it."""

    ranks = native.OWN

    def describe(self):
        tensors, values, conditions = [], [], []
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

    def differences(self, tensors, values):
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

    def restore(self, tensors, values, read):
        torch = arrays.torch()
        leaves = {path: arrays.new_bytes(path, saved) if path == "python" else _state.new_memory(path, saved) for path, saved in tensors.items()}
        read(list(leaves.values()))
        numbers = arrays.to_bytes(leaves["python"])
        random.setstate((values["python.version"], struct.unpack("<{}Q".format(len(numbers) // 8), numbers), values["python.gauss"]))
        if "numpy.order" in values:
            cut = len("numpy/")
            arrays.numpy().random.set_state(_state.rebuild(
                _state.read_order(values["numpy.order"]),
                {path[cut:]: leaf for path, leaf in leaves.items() if path.startswith("numpy/")},
                {path[cut:]: value for path, value in values.items() if path.startswith("numpy/")}, {}))
        if "torch" in leaves:
            torch.set_num_threads(values["torch.threads"])
            torch.set_rng_state(leaves["torch"].keep)
            states = [leaves["cuda.{}".format(i)].keep for i in range(len(_cuda_states()))]
            if states:
                torch.cuda.set_rng_state_all(states)


def _cuda_states():
    torch = arrays.torch()
    return torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
