"""Generators of random numbers that are seeded for a moment, or from what they should be a function of."""

import hashlib
import random
import types
from typing import Any, Dict, List, Optional, Sequence

from . import _arrays as arrays


class Aside:
    """Within it the generators of Python, NumPy and torch (the CPU's), and further ones, may be used for something else: afterwards they are as before."""

    def __init__(self, *further: Any) -> None:
        self._further = further

    def __enter__(self) -> None:
        numpy, torch = arrays.numpy(), arrays.torch()
        self._python = random.getstate()
        self._numpy = numpy.random.get_state() if numpy is not None else None
        self._torch = torch.get_rng_state()
        self._states = [_get_state(one) for one in self._further]

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        random.setstate(self._python)
        if self._numpy is not None:
            arrays.numpy().random.set_state(self._numpy)
        arrays.torch().set_rng_state(self._torch)
        for one, state in zip(self._further, self._states):
            _set_state(one, state)


def seed_all(seed: int, *further: Any) -> None:
    """Seeds Python's, NumPy's and torch's generators, and further ones; not CUDA's: they are the training's alone."""
    random.seed(seed)
    if arrays.numpy() is not None:
        arrays.numpy().random.seed(seed & 0xFFFFFFFF)
    if arrays.torch() is not None:
        arrays.torch().default_generator.manual_seed(seed)
    for i, one in enumerate(further):
        _seed(one, derive(seed, i))


class Generators:
    """The generators that objects have as their attributes, and those of what they consist of: a dataset's own, its transforms', those of the dataset that
    it is a part of. As this process has them: a data loader's worker may have others."""

    def __init__(self, *things: Any) -> None:
        self._things = things
        self.forget()

    def forget(self) -> None:
        """Looks again when they are asked for next."""
        self._found: Optional[List[Any]] = None

    def __call__(self) -> List[Any]:
        if self._found is None:
            self._found = _generators_in(self._things)
        return self._found

    def __getstate__(self) -> Any:
        return dict(self.__dict__, _found=None)  # a dataset may leave its own out when it is pickled


def _generators_in(things: Sequence[Any]) -> List[Any]:
    found: List[Any] = []
    seen: Dict[int, Any] = {}
    level = list(things)
    for _ in range(_DEEPEST):
        inner: List[Any] = []
        for one in level:
            if id(one) in seen or len(seen) > _MOST_LOOKED_AT:
                continue
            seen[id(one)] = one
            if _is_generator(one):
                found.append(one)
            elif isinstance(one, (list, tuple, dict)):
                if len(one) <= _LONGEST:
                    inner += one.values() if isinstance(one, dict) else one
            elif not isinstance(one, (type, types.ModuleType)) and not arrays.is_tensor(one) and not arrays.is_array(one):
                inner += _attributes(one)
        level = inner
    return found


def _attributes(one: Any) -> List[Any]:
    try:
        return list(vars(one).values())
    except Exception:  # it has none; or it stands for something else that is not there just now
        return []


_DEEPEST, _LONGEST, _MOST_LOOKED_AT = 6, 100, 10_000


def _is_generator(one: Any) -> bool:
    numpy, torch = arrays.numpy(), arrays.torch()
    if isinstance(one, random.Random):
        return not isinstance(one, random.SystemRandom)
    if numpy is not None and isinstance(one, (numpy.random.Generator, numpy.random.RandomState)):
        return True
    return torch is not None and isinstance(one, torch.Generator) and one.device.type == "cpu"


def _seed(generator: Any, seed: int) -> None:
    if isinstance(generator, random.Random):
        generator.seed(seed)
    elif arrays.torch() is not None and isinstance(generator, arrays.torch().Generator):
        generator.manual_seed(seed)
    elif isinstance(generator, arrays.numpy().random.RandomState):
        generator.seed(seed & 0xFFFFFFFF)
    else:
        generator.bit_generator.state = type(generator.bit_generator)(seed).state


def _get_state(generator: Any) -> Any:
    if isinstance(generator, random.Random):
        return generator.getstate()
    return generator.bit_generator.state if hasattr(generator, "bit_generator") else generator.get_state()


def _set_state(generator: Any, state: Any) -> None:
    if isinstance(generator, random.Random):
        generator.setstate(state)
    elif hasattr(generator, "bit_generator"):
        generator.bit_generator.state = state
    else:
        generator.set_state(state)


def derive(*parts: object) -> int:
    """A seed that is a function of these."""
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1
