"""In which order a loader's samples come: which of them make up a step, and at which place of its epoch each stands."""

import copy
import hashlib
import itertools
import json
from typing import Any, Callable, Iterator, List, Tuple

from . import _arrays as arrays
from . import _job
from . import _library as native
from ._parts import Described, Part, Read, Tensors, Values
from ._seeds import Aside, derive, seed_all
from .errors import MisuseError, RankError, UntrackableError


class Order(Part):
    """A part, for a place in the order means nothing without what it hangs on."""

    seed: int

    def begin(self, restore: Callable[[], int], epochs: int, is_finished: Callable[[], bool]) -> int:
        """How many steps there are in all, with so many epochs."""
        raise NotImplementedError

    def at(self, step: int) -> Tuple[int, int, bool]:
        """The epoch, the batch's number in it, and whether it is the epoch's last."""
        raise NotImplementedError

    def served(self, step: int) -> None:
        """This step's batch was given out."""

    def plan(self, step: int) -> List[Any]:
        """The batches from a step on to its epoch's end: of each sample its place in the epoch and its number."""
        raise NotImplementedError


class LoadersOrder(Order):
    """What the loader's own sampler gives with these seeds. A step is a batch, so with other batches a place would mean another one."""

    ranks = native.OWN  # each has a loader, and a seed, of its own

    def __init__(self, loader: Any) -> None:
        # Where there is no batch sampler a sampler's every word goes to the dataset as it is, lists, too.
        self._several = loader.batch_sampler is not None
        self._sampler = loader.batch_sampler if self._several else loader.sampler
        try:
            self._samples, self._batches = len(loader.dataset), len(loader)
        except TypeError as error:
            raise UntrackableError("the loader does not say how many batches an epoch has: {}".format(error), 78) from None
        if self._batches == 0:
            raise MisuseError("the loader has no batch")
        self.seed = 0
        first = _digest(self._plan(0))
        if first != _digest(self._plan(0)):
            raise UntrackableError(
                "the loader's sampler ({}) gives another order each time, although the generators of Python, NumPy and torch are seeded alike: its order "
                "must come from those, or from its generator".format(type(self._sampler).__qualname__),
                78,
            )
        self.seed = first_seed()
        # With one seed for all, it tells of the sampler, and of how it makes batches. Of several ranks each may have another.
        self._conditions = [("loader", "{} {}".format(_words(loader), first))] if _job._place()[1] < 2 else []

    def begin(self, restore: Callable[[], int], epochs: int, is_finished: Callable[[], bool]) -> int:
        return epochs * self._batches

    def at(self, step: int) -> Tuple[int, int, bool]:
        epoch, index = divmod(step, self._batches)
        return epoch, index, index + 1 == self._batches

    def plan(self, step: int) -> List[Any]:
        epoch, index = divmod(step, self._batches)
        place = 0
        placed: List[Any] = []
        for one in self._plan(epoch):
            placed.append([(place + k, sample) for k, sample in enumerate(one)] if self._several else (place, one))
            place += len(one) if self._several else 1
        return placed[index:]

    # The sampler's own order, as it is with these seeds. What it draws from the program's generators is put back.
    def _plan(self, epoch: int) -> List[Any]:
        for one in _samplers(self._sampler):
            if callable(getattr(one, "set_epoch", None)):
                one.set_epoch(epoch)
            if isinstance(getattr(one, "initial_seed", None), int):  # accelerate's
                one.initial_seed = derive(self.seed, epoch, "order")
            if getattr(one, "generator", None) is not None:
                one.generator.manual_seed(derive(self.seed, epoch, "order"))
        with Aside():
            seed_all(derive(self.seed, epoch, "order"))
            # One more than there are, for a sampler may never end.
            batches = list(itertools.islice(self._sampler, self._batches + 1))
        if len(batches) != self._batches:
            raise UntrackableError(
                "the loader has {} batches in epoch {}, and says it has {}: with another number in each epoch a step has no place".format(
                    "more" if len(batches) > self._batches else len(batches), epoch, self._batches
                ),
                78,
            )
        return [list(one) for one in batches] if self._several else batches

    def describe(self) -> Described:
        values: Any = [("seed", self.seed, 0), ("samples", self._samples, 0), ("batches", self._batches, 0)]
        return Described(values=values, conditions=self._conditions)

    def differences(self, tensors: Tensors, values: Values) -> Iterator[str]:
        if tensors or set(values) != {"seed", "samples", "batches"}:
            yield "it is the order of a loader's own sampler, in the checkpoint it is none"
            return
        for name, mine in (("samples", self._samples), ("batches", self._batches)):
            if values[name] != mine:
                yield "an epoch has {} {}, in the checkpoint {}: a place in it would mean another one".format(mine, name, values[name])

    def restore(self, tensors: Tensors, values: Values, read: Read) -> None:
        self.seed = _whole(values["seed"])


class JobsOrder(Order):
    """The order of all ranks together, in place of a DistributedSampler: a step takes the next samples of the epoch, of which each rank has every
    size-th. With as many ranks that is what the sampler gives; another number of them goes on behind the last sample that was taken."""

    ranks = native.SAME

    def __init__(self, loader: Any, broadcast: Callable[[bytes], bytes]) -> None:
        sampler = loader.sampler
        self._rank, self._size = int(sampler.rank), int(sampler.num_replicas)
        self._several, self._batch = loader.batch_size is not None, int(loader.batch_size or 1)
        self._a_step = self._batch * self._size
        self._drops_batch, self._drops_samples = bool(loader.drop_last), bool(sampler.drop_last)
        self._samples = len(loader.dataset)
        self._whole = copy.copy(sampler)
        self._whole.rank, self._whole.num_replicas = 0, 1
        self._whole.num_samples = self._whole.total_size = self._samples
        self._epochs, self._next = 0, 0
        self._begins = 0, 0, 0, 0  # a step, and what is its: epoch, batch, first sample
        if self._steps(0) == 0:
            raise MisuseError("the loader has no batch")
        self.seed = self._agree(broadcast, sampler)

    # All have one order, and rank 0's seed, from which augmentations are drawn.
    def _agree(self, broadcast: Callable[[bytes], bytes], sampler: Any) -> int:
        mine = {
            "number of samples": self._samples,
            "batch_size": self._batch,
            "drop_last": self._drops_batch,
            "sampler's drop_last": self._drops_samples,
            "sampler's shuffle": bool(sampler.shuffle),
            "sampler's seed": sampler.seed,
        }
        first = json.loads(broadcast(json.dumps({"rank": self._rank, "seed": first_seed(), "loader": mine}).encode()).decode())
        if first["rank"] != 0:
            raise RankError(
                "the ranks do not act together (see the log), so they cannot share out one order: rank 0's seed is not known here"
            )
        for name, value in mine.items():
            if first["loader"][name] != value:
                raise MisuseError(
                    "the loader's {} is {} on rank {} and {} on rank 0: the ranks share one order out among them".format(
                        name, value, self._rank, first["loader"][name]
                    )
                )
        return _whole(first["seed"])

    # Each rank has as many samples of a step as any other: what is missing for that at an epoch's end is taken from its beginning, or left out, as the
    # sampler says. An epoch under way always ends with a step, for what the program does at an epoch's end belongs to one.
    def _usable(self, sample: int) -> int:
        rest = self._samples - sample
        usable = (rest // self._size if self._drops_samples else -(-rest // self._size)) * self._size
        if self._drops_batch:
            usable = usable // self._a_step * self._a_step
        return usable or (self._size if sample else 0)

    def _steps(self, sample: int) -> int:
        return -(-self._usable(sample) // self._a_step)

    def _place(self, step: int) -> Tuple[int, int, int, bool]:
        begun, epoch, index, sample = self._begins
        ahead, rest = step - begun, self._steps(sample)
        if ahead < rest:
            return epoch, index + ahead, sample + ahead * self._a_step, ahead + 1 == rest
        more, ahead = divmod(ahead - rest, self._steps(0))
        return epoch + 1 + more, ahead, ahead * self._a_step, ahead + 1 == self._steps(0)

    # What is left to do hangs on where the ranks have been, so it is restored first.
    def begin(self, restore: Callable[[], int], epochs: int, is_finished: Callable[[], bool]) -> int:
        done = restore()
        _, epoch, index, sample = self._begins
        self._begins, self._next = (done, epoch, index, sample), done
        before, self._epochs = self._epochs, epochs
        if epoch >= epochs or (is_finished() and epochs <= before):
            return done
        return done + self._steps(sample) + (epochs - epoch - 1) * self._steps(0)

    def at(self, step: int) -> Tuple[int, int, bool]:
        epoch, index, _, is_last = self._place(step)
        return epoch, index, is_last

    def served(self, step: int) -> None:
        self._next = step + 1

    def plan(self, step: int) -> List[Any]:
        epoch, _, sample, _ = self._place(step)
        self._whole.set_epoch(epoch)
        order = list(self._whole)
        end = sample + self._usable(sample)
        mine = [(place, order[place % self._samples]) for place in range(sample + self._rank, end, self._size)]
        return [mine[i : i + self._batch] for i in range(0, len(mine), self._batch)] if self._several else list(mine)

    def describe(self) -> Described:
        epoch, index, sample, _ = self._place(self._next)
        return Described(
            values=[
                ("seed", self.seed, 0),
                ("samples", self._samples, 0),
                ("epochs", self._epochs, 0),
                ("epoch", epoch, 0),
                ("batch", index, 0),
                ("sample", sample, 0),
            ],
            conditions=[("samples a step", str(self._a_step))],
        )

    def differences(self, tensors: Tensors, values: Values) -> Iterator[str]:
        if tensors or set(values) != {"seed", "samples", "epochs", "epoch", "batch", "sample"}:
            yield "it is the order that the ranks of a job share out (DistributedSampler), in the checkpoint it is none"
        elif values["samples"] != self._samples:
            yield "an epoch has {} samples, in the checkpoint {}: a place in it would mean another one".format(
                self._samples, values["samples"]
            )

    def restore(self, tensors: Tensors, values: Values, read: Read) -> None:
        self.seed, self._epochs = _whole(values["seed"]), _whole(values["epochs"])
        self._begins = 0, _whole(values["epoch"]), _whole(values["batch"]), _whole(values["sample"])


def order_of(loader: Any, rank: int, size: int, broadcast: Callable[[bytes], bytes]) -> Order:
    """The job's own where a DistributedSampler shares samples out among all ranks, else the loader's."""
    data = arrays.torch().utils.data
    sampler, distributed = loader.sampler, data.distributed.DistributedSampler
    is_plain = loader.batch_sampler is None or type(loader.batch_sampler) is data.BatchSampler
    if is_plain and isinstance(sampler, distributed) and type(sampler).__iter__ is distributed.__iter__:
        if (sampler.rank, sampler.num_replicas) == (rank, size):
            return JobsOrder(loader, broadcast)
    return LoadersOrder(loader)


def _samplers(outer: Any) -> List[Any]:
    # A batch sampler has a sampler, and one that shares batches out among processes has a batch sampler.
    found: List[Any] = []
    while outer is not None and all(outer is not one for one in found):
        found.append(outer)
        outer = getattr(outer, "batch_sampler", None) or getattr(outer, "sampler", None)
    return found


def _words(loader: Any) -> str:
    sampler = loader.sampler if loader.batch_sampler is None or loader.batch_size is not None else loader.batch_sampler
    name = type(sampler).__qualname__
    return name if loader.batch_size is None else "{} with batch_size {}".format(name, loader.batch_size)


def _digest(plan: List[Any]) -> str:
    found = hashlib.blake2b(digest_size=8)
    for batch in plan:
        found.update(repr([_plain(one) for one in batch] if isinstance(batch, list) else _plain(batch)).encode())
    return found.hexdigest()


# What names a sample: mostly a number, NumPy's and torch's, too. Of an object nothing is known that is the same in each process.
def _plain(sample: Any) -> Any:
    sample = sample.tolist() if hasattr(sample, "tolist") else sample
    return sample if isinstance(sample, (int, float, str, bytes, tuple, list)) else type(sample).__qualname__


def first_seed() -> int:
    """The seed of a run's beginning: torch's."""
    return int(arrays.torch().initial_seed()) & (1 << 63) - 1


def _whole(value: Any) -> int:
    assert isinstance(value, int)
    return value
