import numpy

from ._array import Array


def key(seed):
    return Array(numpy.array([0, seed], numpy.uint32), key=True)


def key_data(one):
    return Array(one._content)


def key_impl(one):
    return "fry2x32"


def wrap_key_data(data, impl):
    return Array(data, key=True)


def split(one):
    first, second = numpy.random.Generator(numpy.random.PCG64(one._content.tolist())).integers(0, 1 << 32, (2, 2), numpy.uint32)
    return Array(first, key=True), Array(second, key=True)


def normal(one, shape):
    return Array(numpy.random.Generator(numpy.random.PCG64(one._content.tolist())).standard_normal(shape, numpy.float32))
