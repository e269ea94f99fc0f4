import numpy

from ._array import Array

float32, int32 = numpy.float32, numpy.int32


def zeros(shape, dtype=float32):
    return Array(numpy.zeros(shape, dtype))


def asarray(content, dtype=None):
    return Array(numpy.asarray(content, dtype))


def mean(array):
    return Array(numpy.mean(numpy.asarray(array)))
