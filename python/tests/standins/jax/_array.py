import numpy


class Array:
    """Of JAX's arrays what counts here: nobody writes into one."""

    weak_type = False
    is_fully_addressable = True

    def __init__(self, content, sharding="one device", key=False):
        self._content = numpy.array(content)
        self._content.flags.writeable = False
        self.sharding, self._key = sharding, key

    @property
    def dtype(self):
        return "key<fry>" if self._key else self._content.dtype

    @property
    def shape(self):
        return self._content.shape[:-1] if self._key else self._content.shape

    def __array__(self, dtype=None, copy=None):
        if self._key:
            raise TypeError("JAX array with PRNGKey dtype cannot be converted to a NumPy array")
        return self._content if dtype is None else self._content.astype(dtype)

    def __setitem__(self, place, value):
        raise TypeError("JAX arrays are immutable")

    def __getitem__(self, place):
        return Array(self._content[place])

    def __float__(self):
        return float(self._content)

    def __repr__(self):
        return repr(self._content)


def _operator(name):
    def apply(self, *others):
        return Array(getattr(self._content, name)(*[numpy.asarray(other) for other in others]))

    return apply


for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "matmul", "pow", "neg"):
    setattr(Array, "__{}__".format(_name), _operator("__{}__".format(_name)))
