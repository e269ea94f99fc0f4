"""A DataLoader in somebody else's loop: it stays the object that it is, and its order and its augmentation become those of run.batches()."""

from typing import Any, Callable, Iterator, Tuple

from ._data import Data, InWorker, _Places, _Samples
from ._order import LoadersOrder
from ._seeds import Aside, Generators, derive
from ._workers import shield_workers


class Settled:
    """A loader that was changed in place: each time when it is iterated, it begins at the epoch and the batch that `where` says then.

    What prepares, shards or skips behind it (the framework's own) sees a loader of the same class, length, sampler and dataset.
    """

    # rank: the order is the framework's affair, but no two ranks augment alike.
    def __init__(self, loader: Any, where: Callable[[], Tuple[int, int]], rank: int = 0) -> None:
        base = getattr(loader, "base_dataloader", loader)  # accelerate puts its own around it
        content = base.__dict__  # the class refuses to have these set
        places = content.get("_cairn_places")
        if places is None:
            places = self._settle(base)
        places.where, places.rank = where, rank
        self.part, self.batches = places.part, places.batches

    @staticmethod
    def _settle(base: Any) -> Any:
        order = LoadersOrder(base)
        data = Data(base, lambda _: order)
        content, places = base.__dict__, _Following(order)
        content["dataset"] = _Dataset(base.dataset, data._generators)
        content["worker_init_fn"] = InWorker(base.worker_init_fn, data._generators)
        content["collate_fn"], content["generator"] = data._inner.collate_fn, data._inner.generator
        content["batch_sampler" if base.batch_sampler is not None else "sampler"] = places
        content["_iterator"] = None  # of persistent workers, which have the old dataset
        content["_cairn_places"] = places
        if base.num_workers == 0:
            make = base._get_iterator
            content["_get_iterator"] = lambda: _InThisProcess(make(), data._generators)
        shield_workers(base)
        return places


class _Following(_Places):
    where: Callable[[], Tuple[int, int]]
    rank: int

    def __init__(self, order: LoadersOrder) -> None:
        self.part, self.batches = order, order._batches

    def __iter__(self) -> Iterator[Any]:
        epoch, index = self.where()
        seed = self.part.seed
        plan = self.part.plan(epoch * self.batches + index) if index < self.batches else []
        self.fill(derive(seed, "rank", self.rank) if self.rank else seed, epoch, plan)
        return super().__iter__()

    def __len__(self) -> int:
        return self.batches

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.part._sampler, name)  # batch_size, drop_last, sampler, set_epoch: what a framework looks at


class _Dataset(_Samples):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._dataset, name)


class _InThisProcess:
    """Without workers the samples draw from the program's generators, seeded for each: behind a batch they are as before."""

    def __init__(self, iterator: Any, generators: Generators) -> None:
        self._iterator, self._generators = iterator, generators

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        with Aside(*self._generators()):
            return next(self._iterator)

    def __len__(self) -> int:
        return len(self._iterator)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._iterator, name)
