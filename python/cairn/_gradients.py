"""The gradients of an optimizer's parameters: where they go from one step into the next, a sum over several batches, say, they are state like any other."""

import weakref
from typing import Any, Dict, Iterator, List, Optional, Sequence, Set, Tuple

from . import _arrays as arrays
from . import _job
from ._arrays import Leaf, form
from ._tables import Plain, SavedTensor
from .errors import UntrackableError

#: The value that says which parameters have a gradient, whatever its numbers: an optimizer passes over those without, but not over zeros.
NAME = "gradients"
_LEAF = NAME + "/#{}"
_WATCHED = 3  # of the smallest, and as many of the others: the smallest may all lie in a branch that is shut
_LOOKS = 20


def is_of_gradients(path: str) -> bool:
    """Whether a tensor or a value of an optimizer's part is told of here."""
    return path == NAME or path.startswith(NAME + "/")


class Gradients:
    """Saves those that the next step goes on with, and no others: most programs begin a step with `zero_grad()`, and what it throws away would make every
    checkpoint larger."""

    def __init__(self, optimizer: Any) -> None:
        self._optimizer = optimizer
        self._watch: Optional[_Watch] = None
        self._said_sparse = self._said_unknown = False
        #: Where there are several ranks, of which each may have summed up others.
        self.may_differ = False

    def watch(self) -> "_Watch":
        """Who sees what becomes of them."""
        parameters = self._parameters()
        if self._watch is None or not self._watch.is_of(parameters):
            self._watch = _Watch(
                parameters, "From now on no save is made within such a sum" if self.may_differ else "From now on they are saved"
            )
        return self._watch

    def describe(self) -> Tuple[List[Leaf], List[Tuple[str, Plain, int]]]:
        parameters, watch = self._parameters(), self.watch()
        gradients = {i: one.grad for i, one in enumerate(parameters) if one.grad is not None}
        dense = {i: gradient for i, gradient in gradients.items() if gradient.layout == arrays.torch().strided}
        leaves: List[Leaf] = []
        if gradients and self.may_differ:  # what one rank alone finds out is nothing to save by
            if watch.are_summed_up():
                raise UntrackableError(
                    "its gradients are a sum over several steps of the run, and each rank may have another: say cairn.Run(..., replicated_values=True) "
                    "where they are the same on all; else let a step of the run be one of the optimizer's, by run.steps() or a loop of your own",
                    78,
                )
            if watch.may_be_summed_up() and not self._said_unknown:
                self._said_unknown = True
                _job._say(
                    "there are gradients that no optimizer's step has taken in yet, and it is too early to know whether they are thrown away or are a sum over "
                    "several steps of the run: they are not saved. Where they are a sum, and the same on all ranks, say cairn.Run(..., replicated_values=True)"
                )
        elif gradients and watch.are_wanted():
            leaves = [arrays.of_tensor(_LEAF.format(i), gradient) for i, gradient in dense.items()]
            if len(dense) < len(gradients) and watch.are_summed_up() and not self._said_sparse:
                self._said_sparse = True
                _job._say(
                    "a sum of gradients over several steps has sparse ones, which are not saved: behind a cut in such a sum they are missing. Let a step "
                    "of the run be one of the optimizer's, by run.steps() or a loop of your own"
                )
        watch.saved(bool(leaves) or not dense)
        return leaves, [(NAME, _ranges(list(dense)), 0)]

    def differences(self, tensors: Dict[str, SavedTensor]) -> Iterator[str]:
        for i, parameter in enumerate(self._parameters()):
            saved = tensors.get(_LEAF.format(i))
            if saved is not None and tuple(parameter.shape) != saved.shape:
                yield "{} is of a parameter of {}, in the checkpoint {}".format(saved.name, list(parameter.shape), form(saved))

    def restore(self, tensors: Dict[str, SavedTensor], values: Dict[str, Plain], read: Any) -> None:
        if NAME not in values:  # an older checkpoint's, or tensors that were chosen by their names
            return
        there = _numbers(str(values[NAME]))
        targets: List[Tuple[Any, Leaf]] = []
        for i, parameter in enumerate(self._parameters()):
            parameter.grad = arrays.torch().zeros_like(parameter.detach()) if i in there else None
            saved = tensors.get(_LEAF.format(i))
            if saved is not None:
                targets.append((parameter.grad, arrays.new_tensor(saved.name, saved)))
        if targets:
            read([leaf for _, leaf in targets])
        for gradient, leaf in targets:
            gradient.copy_(leaf.keep)
        self._watch = None

    def _parameters(self) -> List[Any]:
        return [parameter for group in self._optimizer.param_groups for parameter in group["params"]]


class _Watch:
    """Looks at some small parameters whenever a gradient comes to them.

    What has come since a parameter was changed last no optimizer has taken in: it is wanted. What one has taken in is wanted where the program adds to it,
    which shows behind a boundary: the next gradient finds the old one as it was, no other in its place and nothing done to it.
    """

    def __init__(self, parameters: Sequence[Any], from_now_on: str) -> None:
        self._parameters, self._from_now_on = parameters, from_now_on
        by_size = sorted((one for one in parameters if one.requires_grad), key=lambda one: int(one.numel()))
        others = by_size[_WATCHED : (len(by_size) + _WATCHED) // 2 + 1]
        self._watched = by_size[:_WATCHED] + others[:: max(1, -(-len(others) // _WATCHED))]
        self._are_added_to: Optional[bool] = None  # None: nobody knows yet
        self._held: Dict[int, Tuple[Any, int, bool]] = {}  # what a boundary had, and whether no optimizer had taken it in
        self._came_to: Dict[int, int] = {}  # which version of the parameter
        self._lacks_some = False  # the newest save
        self._looks = 0
        this = weakref.ref(self)
        for place, parameter in enumerate(self._watched):
            weakref.finalize(self, parameter.register_hook(_hook(this, place)).remove)

    def is_of(self, parameters: Sequence[Any]) -> bool:
        return len(parameters) == len(self._parameters) and all(one is other for one, other in zip(parameters, self._parameters))

    def is_undecided(self) -> bool:
        """Whether at_boundary() has something to find out. Where no gradient comes by backward() nobody ever will."""
        self._looks += 1
        return self._are_added_to is None and self._looks < _LOOKS

    def at_boundary(self) -> None:
        """A step ends here."""
        self._held = {
            place: (one.grad, one.grad._version, one._version == self._came_to[place])
            for place, one in enumerate(self._watched)
            if one.grad is not None and place in self._came_to
        }

    def comes(self, place: int) -> None:
        """A gradient is about to be added, or to be the first."""
        parameter = self._watched[place]
        held = self._held.pop(place, None)
        if held is not None:
            is_untouched = parameter.grad is held[0] and held[0]._version == held[1]
            is_as_it_was = is_untouched and bool(held[0].any())
            if is_as_it_was and self._lacks_some:
                _job._say(
                    "the newest checkpoint has no gradients, for until then every step began with new ones, but the step behind it goes on with them: a run "
                    "that goes on from it begins with gradients of zero. " + self._from_now_on
                )
            if is_as_it_was or not is_untouched or not held[2]:  # to add to zeros is to begin, but for a sum that has come to zero so far
                self._lacks_some = False
                self._are_added_to = self._are_added_to or is_as_it_was
        self._came_to[place] = parameter._version

    def are_summed_up(self) -> bool:
        """Whether they are known for a sum of which no optimizer's step has been yet."""
        return self._are_added_to is True and self._are_new()

    def may_be_summed_up(self) -> bool:
        """Whether nobody knows yet, and there are some of which no optimizer's step has been."""
        return self._are_added_to is None and bool(self._came_to) and self._are_new()

    def are_wanted(self) -> bool:
        """Whether a save has to have them."""
        return self._are_added_to is not False or self._are_new()

    def saved(self, all_of_them: bool) -> None:
        """The state was taken here, with them or without."""
        self._lacks_some = not all_of_them
        self.at_boundary()

    def _are_new(self) -> bool:
        if not self._came_to:
            return True  # they were there before anybody looked
        return any(
            self._watched[place]._version == version for place, version in self._came_to.items() if self._watched[place].grad is not None
        )


def _hook(watch: "weakref.ref[_Watch]", place: int) -> Any:
    def hook(gradient: Any) -> None:
        there = watch()
        if there is not None:
            there.comes(place)

    return arrays.torch().utils.hooks.unserializable_hook(hook)


def _ranges(numbers: List[int]) -> str:
    parts: List[List[int]] = []
    for number in numbers:
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join("{}-{}".format(*part) for part in parts)


def _numbers(text: str) -> Set[int]:
    found: Set[int] = set()
    for part in text.split(",") if text else ():
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last) + 1))
    return found
