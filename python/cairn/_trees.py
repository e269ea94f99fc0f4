"""Trees of arrays, as JAX has them: its arrays cannot be written into, so what is put back is assigned."""

import sys
from typing import Any, Callable, Iterator, List, Tuple

from . import _arrays as arrays
from . import _state
from ._arrays import Leaf, form
from ._parts import Described, Part, Read, Tensors, Values, compare
from ._tables import Plain
from .errors import UntrackableError


class Tree:
    """Holds trees of arrays under names: dictionaries, lists, tuples, and what else JAX knows as a tree, with arrays of JAX's or NumPy's and numbers in them.

        train = cairn.Tree(params=params, opt_state=tx.init(params), key=jax.random.PRNGKey(0))
        run.track(train=train)
        for step in run.steps(1000):
            train.params, train.opt_state = update(train.params, train.opt_state, batch(step))

    A restore assigns new trees to the same names, of the same form; so take them from here in every step.
    """

    def __init__(self, **trees: Any) -> None:
        self.__dict__.update(trees)

    def _as_part(self) -> "TreePart":
        return TreePart(self)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError("the tree has no '{}'; it has {}".format(name, ", ".join(self.__dict__) or "nothing"))

    def __repr__(self) -> str:
        return "Tree({})".format(", ".join(self.__dict__))


class TreePart(Part):
    """A Tree as a part."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def describe(self) -> Described:
        tensors: List[Leaf] = []
        values: List[Tuple[str, Plain, int]] = []
        for path, leaf in self._leaves()[0]:
            if _is_number(leaf):
                values.append((path, leaf, 0))
            else:
                tensors.append(_array(path, leaf))
        return Described(tensors, values, _conditions())

    def differences(self, tensors: Tensors, values: Values) -> Iterator[str]:
        mine = self.describe()
        yield from compare({leaf.name: form(leaf) for leaf in mine.tensors}, {path: form(saved) for path, saved in tensors.items()})
        yield from compare({path: "a number" for path, _, _ in mine.values}, {path: "a number" for path in values})

    def restore(self, tensors: Tensors, values: Values, read: Read) -> None:
        leaves, build = self._leaves()
        memory: List[Leaf] = []
        fresh: List[Any] = []
        for path, leaf in leaves:
            if path in values:
                fresh.append(values[path])
                continue
            mine = None if _is_number(leaf) else _array(path, leaf)
            if mine is None or mine.name not in tensors:  # where tensors are chosen by their names
                fresh.append(leaf)
                continue
            target = arrays.empty_like(mine)
            memory.append(target)
            fresh.append(_Fresh(leaf, target))
        read(memory)
        self._tree.__dict__.update(build([one.array() if isinstance(one, _Fresh) else one for one in fresh]))

    # The leaves with their paths, and what makes the same trees of others.
    def _leaves(self) -> Tuple[List[Tuple[str, Any]], Callable[[List[Any]], Any]]:
        jax: Any = sys.modules.get("jax")
        if jax is None:
            leaves: List[Tuple[str, Any]] = []
            taken = _take_apart("", dict(self._tree.__dict__), leaves)
            return leaves, lambda fresh: _put_together(taken, iter(fresh))
        with_keys, structure = jax.tree_util.tree_flatten_with_path(dict(self._tree.__dict__))
        return [("/".join(_segment(key) for key in keys), leaf) for keys, leaf in with_keys], structure.unflatten


# JAX's keys: of a dictionary, of a list or tuple, of an attribute, and of a class that gives no names.
def _segment(key: Any) -> str:
    for attribute in ("key", "name"):
        name = getattr(key, attribute, None)
        if name is not None:
            return _state._key("", name)
    return "[{}]".format(key.idx)


# Without JAX: dictionaries, lists and tuples, by the names that JAX would give.
def _take_apart(path: str, tree: Any, leaves: List[Tuple[str, Any]]) -> Tuple[Any, List[Any]]:
    before = path + "/" if path else ""
    if isinstance(tree, dict):
        return dict, [(key, _take_apart(before + _state._key(path, key), one, leaves)) for key, one in tree.items()]
    if isinstance(tree, (list, tuple)):
        make: Any = getattr(type(tree), "_make", type(tree))
        names = getattr(tree, "_fields", None) or ["[{}]".format(i) for i in range(len(tree))]
        return make, [(None, _take_apart(before + name, one, leaves)) for name, one in zip(names, tree)]
    if tree is None:
        return None, []
    leaves.append((path, tree))
    return "leaf", []


def _put_together(structure: Tuple[Any, List[Any]], leaves: Iterator[Any]) -> Any:
    make, items = structure
    if make == "leaf":
        return next(leaves)
    if make is None:
        return None
    return (
        {key: _put_together(one, leaves) for key, one in items} if make is dict else make([_put_together(one, leaves) for _, one in items])
    )


def _is_number(leaf: object) -> bool:
    return type(leaf) in (bool, int, float)


def _array(path: str, leaf: Any) -> Leaf:
    jax: Any = sys.modules.get("jax")
    if not (hasattr(leaf, "__array__") and hasattr(leaf, "dtype") and hasattr(leaf, "shape")):
        raise UntrackableError(
            "{} is a {}.{}: a tree holds arrays and numbers".format(path, type(leaf).__module__, type(leaf).__qualname__), 78
        )
    if getattr(leaf, "weak_type", False):
        raise UntrackableError(
            "{} is weakly typed, which would be lost, and with it the types of what is computed from it: give it its type, "
            "jnp.asarray(x, dtype={})".format(path, leaf.dtype),
            78,
        )
    if not getattr(leaf, "is_fully_addressable", True):
        raise UntrackableError("{} is split over several processes: each would have to have all of it".format(path), 78)
    if _is_key(leaf):
        leaf = jax.random.key_data(leaf)
    import numpy

    return arrays.of_array(path + ("!scalar" if isinstance(leaf, numpy.generic) else "!numpy"), numpy.asarray(leaf))


class _Fresh:
    """What was read, for the place of a leaf."""

    def __init__(self, leaf: Any, memory: Leaf) -> None:
        self._leaf, self._memory = leaf, memory

    def array(self) -> Any:
        """In the form that the program had it in."""
        jax: Any = sys.modules.get("jax")
        content = self._memory.keep
        if isinstance(self._leaf, arrays.numpy().generic):
            return content[()]
        if jax is None or not isinstance(self._leaf, jax.Array):
            return content
        if _is_key(self._leaf):
            return jax.random.wrap_key_data(jax.device_put(content), impl=jax.random.key_impl(self._leaf))
        return jax.device_put(content, self._leaf.sharding)


def _is_key(leaf: Any) -> bool:
    jax: Any = sys.modules.get("jax")
    return jax is not None and isinstance(leaf, jax.Array) and bool(jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key))


def _conditions() -> List[Tuple[str, str]]:
    jax: Any = sys.modules.get("jax")
    return [] if jax is None else [("jax", jax.__version__), ("devices", jax.default_backend())]
