"""A stand-in for JAX, which Debian does not have: of its interface what cairn and the page docs/python-jax.md use, over NumPy, and as strict.

Arrays cannot be written into, trees go by its keys, and a gradient is a difference. It says nothing about JAX itself; that the names and the meanings are
its own was looked up in its sources, and nothing more.
"""

import numpy as plain

from . import dtypes, numpy, random, tree_util
from ._array import Array

__version__ = "0.0.standin"
__all__ = ["Array", "default_backend", "device_put", "dtypes", "jit", "numpy", "random", "tree_util", "value_and_grad"]


def default_backend():
    return "cpu"


def device_put(array, sharding=None):
    return Array(array, sharding=sharding or "one device")


def jit(function):
    return function


def value_and_grad(function):
    def both(tree, *rest):
        leaves, structure = tree_util.tree_flatten_with_path(tree)
        leaves = [leaf for _, leaf in leaves]

        def value(i, place, delta):
            moved = plain.array(leaves[i])
            moved[place] += delta
            return float(function(structure.unflatten(leaves[:i] + [Array(moved)] + leaves[i + 1 :]), *rest))

        gradients = []
        for i, leaf in enumerate(leaves):
            gradient = plain.zeros_like(plain.asarray(leaf))
            for place in plain.ndindex(gradient.shape):
                gradient[place] = (value(i, place, 1e-3) - value(i, place, -1e-3)) / 2e-3
            gradients.append(Array(gradient))
        return function(tree, *rest), structure.unflatten(gradients)

    return both
