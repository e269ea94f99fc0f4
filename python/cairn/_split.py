"""State of which each rank has a share (FSDP, tensor parallel, ZeRO): no part can hold it, and what looks like a whole tensor would be saved as one."""

from typing import Any, Optional

from .errors import UntrackableError

# Told by names: which of these modules a program has imported is its own affair, and so is whether its torch has them.
_MODULES = ("FullyShardedDataParallel", "XlaFullyShardedDataParallel")
_OPTIMIZERS = ("ZeroRedundancyOptimizer",)
_AVERAGED = ("PostLocalSGDOptimizer",)
_TENSORS = ("DTensor", "ShardedTensor")


def refuse_thing(name: str, thing: Any) -> None:
    """For a module or an optimizer, before its state is asked for: that may be a collective operation."""
    for one in (thing, *(thing.modules() if _is(thing, ("Module",)) else ())):
        if _is(one, _MODULES + _OPTIMIZERS) or type(one).__module__.split(".")[0] == "deepspeed":
            raise _refused("part '{}' is, or has in it, a {}".format(name, type(one).__qualname__))
    if _is(thing, _AVERAGED):
        raise UntrackableError(
            "part '{}' is a {}: between two averagings each rank has parameters of its own, and a checkpoint has rank 0's alone. Let a step of the run be one "
            "period of averaging, in a loop of your own, and track its inner optimizer".format(name, type(thing).__qualname__),
            78,
        )
    for group in getattr(thing, "param_groups", ()):
        for parameter in group.get("params", ()) if isinstance(group, dict) else ():
            problem = of_tensor(parameter)
            if problem is not None:
                raise _refused("part '{}' has a parameter that is {}".format(name, problem))


def refuse_tensor(path: str, tensor: Any) -> None:
    """For a tensor of a class of its own."""
    problem = of_tensor(tensor)
    if problem is not None:
        raise _refused("{} is {}".format(path, problem))


def of_tensor(tensor: Any) -> Optional[str]:
    if _is(tensor, _TENSORS):
        return "a " + type(tensor).__qualname__
    if getattr(tensor, "_is_flat_param", False):
        return "flattened by FullyShardedDataParallel"
    return "partitioned by DeepSpeed" if hasattr(tensor, "ds_id") else None


def _is(thing: object, names: Any) -> bool:
    return any(kind.__name__ in names for kind in type(thing).__mro__)


def _refused(what: str) -> UntrackableError:
    return UntrackableError(
        "{}, of which each rank has a share alone: save it by torch.distributed.checkpoint, at a step at which all ranks stop; docs/python-ranks.md has "
        "the program".format(what),
        78,
    )
