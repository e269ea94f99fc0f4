prng_key = "prng_key"


def issubdtype(one, other):
    return other == prng_key and str(one).startswith("key<")
