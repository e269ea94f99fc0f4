class DictKey:
    def __init__(self, key):
        self.key = key


class SequenceKey:
    def __init__(self, idx):
        self.idx = idx


class GetAttrKey:
    def __init__(self, name):
        self.name = name


class Structure:
    def __init__(self, tree):
        self._tree = tree

    def unflatten(self, leaves):
        rest = iter(leaves)

        def build(tree):
            children = _children(tree)
            if children is None:
                return next(rest)
            fresh = [build(one) for _, one in children]
            if tree is None:
                return None
            if isinstance(tree, dict):
                return dict(zip(sorted(tree), fresh))
            return type(tree)(*fresh) if hasattr(tree, "_fields") else type(tree)(fresh)

        return build(self._tree)


def _children(tree):
    if tree is None:
        return []
    if isinstance(tree, dict):
        return [(DictKey(key), tree[key]) for key in sorted(tree)]
    if hasattr(tree, "_fields"):
        return [(GetAttrKey(name), getattr(tree, name)) for name in tree._fields]
    if isinstance(tree, (list, tuple)):
        return [(SequenceKey(i), one) for i, one in enumerate(tree)]
    return None


def tree_flatten_with_path(tree):
    leaves = []

    def walk(keys, one):
        children = _children(one)
        if children is None:
            leaves.append((keys, one))
        else:
            for key, child in children:
                walk(keys + (key,), child)

    walk((), tree)
    return leaves, Structure(tree)


def tree_map(function, tree, *others):
    leaves, structure = tree_flatten_with_path(tree)
    rest = [[leaf for _, leaf in tree_flatten_with_path(other)[0]] for other in others]
    return structure.unflatten([function(leaf, *[one[i] for one in rest]) for i, (_, leaf) in enumerate(leaves)])
