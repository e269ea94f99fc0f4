"""Data to the bit: a DataLoader of PyTorch whose order and whose augmentation are functions of the run's seed, the epoch and the place in it."""

from typing import Any, Callable, Iterator, List, Tuple

from . import _arrays as arrays
from ._order import Order
from ._seeds import Aside, Generators, derive, seed_all
from ._workers import shield_workers
from .errors import MisuseError, UntrackableError


class Batch:
    """One step's data. `inputs, targets = batch` and `batch["inputs"]` are those of the data itself."""

    __slots__ = ("data", "epoch", "index", "ends_epoch")

    def __init__(self, data: Any, epoch: int, index: int, ends_epoch: bool) -> None:
        #: What the loader gave.
        self.data = data
        #: From 0.
        self.epoch = epoch
        #: The batch's place in its epoch, from 0.
        self.index = index
        #: Whether it is the epoch's last: what is done behind it (a scheduler's step, a validation) belongs to its step.
        self.ends_epoch = ends_epoch

    def __iter__(self) -> Iterator[Any]:
        return iter(self.data)

    def __getitem__(self, key: Any) -> Any:
        return self.data[key]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in Batch.__slots__:
            raise AttributeError(name)
        return getattr(self.data, name)  # keys() for model(**batch), to() of a batch that has it

    def __repr__(self) -> str:
        return "Batch(epoch={}, index={}, ends_epoch={}, data={!r})".format(self.epoch, self.index, self.ends_epoch, self.data)


class Data:
    """A loader that gives the same batches from any place on."""

    def __init__(self, loader: Any, order: Callable[[Any], Order]) -> None:
        torch = arrays.torch()
        utils = torch.utils.data if torch is not None else None
        if utils is None or not isinstance(loader, utils.DataLoader):
            raise MisuseError(
                "batches() takes a torch.utils.data.DataLoader, and this is a {}: other data is for run.steps(), by the step's number".format(
                    type(loader).__qualname__
                )
            )
        if isinstance(loader.dataset, utils.IterableDataset):
            raise UntrackableError(
                "the loader's dataset is an IterableDataset, which has no places to go on from: make it a Dataset with __getitem__ and __len__, or use "
                "run.steps() and track what knows where the data is, something with state_dict() and load_state_dict()",
                78,
            )
        self._loader = loader
        self.order = order(loader)
        self._places = _Places()
        self._generators = Generators(loader.dataset, loader.collate_fn)
        self._inner = self._make()
        self._next = -1
        self._iterator: Any = None

    def at(self, step: int) -> Batch:
        """The batch of a step. From one to the next the loader goes on; elsewhere it begins there."""
        epoch, index, ends_epoch = self.order.at(step)
        if self._iterator is None or step != self._next:
            self._places.fill(self.order.seed, epoch, self.order.plan(step))
            self._iterator = iter(self._inner)
        self._next = step + 1
        if self._loader.num_workers == 0:
            with Aside(*self._generators()):  # once for all of the batch's samples
                data = self._take()
        else:
            data = self._take()
        if ends_epoch:
            self._iterator = None
        self.order.served(step)
        return Batch(data, epoch, index, ends_epoch)

    def _take(self) -> Any:
        try:
            return next(self._iterator)
        except StopIteration as error:  # which would end the run's loop without a word
            raise RuntimeError("the loader ended before its epoch did: has the dataset raised StopIteration?") from error

    def _make(self) -> Any:
        loader, torch = self._loader, arrays.torch()
        options = {
            "num_workers": loader.num_workers,
            "collate_fn": _Collate(loader.collate_fn, loader.batch_sampler is not None, self._generators),
            "pin_memory": loader.pin_memory,
            "timeout": loader.timeout,
            "worker_init_fn": InWorker(loader.worker_init_fn, self._generators),
            "multiprocessing_context": loader.multiprocessing_context,
            "persistent_workers": loader.persistent_workers,
            # Or it would draw from the program's at each beginning.
            "generator": torch.Generator(),
        }
        if loader.num_workers > 0:
            options["prefetch_factor"] = loader.prefetch_factor
        if getattr(loader, "pin_memory_device", ""):
            options["pin_memory_device"] = loader.pin_memory_device
        if loader.batch_sampler is None:
            options.update(batch_size=None, sampler=self._places)
        else:
            options["batch_sampler"] = self._places
        return shield_workers(torch.utils.data.DataLoader(_Samples(loader.dataset, self._generators), **options))


class _Places:
    """The sampler: what is left of an epoch, each sample with its seed's parts."""

    def fill(self, seed: int, epoch: int, plan: List[Any]) -> None:
        self._seed, self._epoch, self._plan = seed, epoch, plan

    def __iter__(self) -> Iterator[Any]:
        for entry in self._plan:
            yield [self._key(*one) for one in entry] if isinstance(entry, list) else self._key(*entry)

    def __len__(self) -> int:
        return len(self._plan)

    def _key(self, place: int, sample: Any) -> Tuple[int, int, int, Any]:
        return self._seed, self._epoch, place, sample


class _Samples:
    """The dataset: a sample's random numbers are those of its place, whichever process takes it, and whatever it took before. In the program's own
    process its generators are put back behind the batch."""

    def __init__(self, dataset: Any, generators: Generators) -> None:
        self._dataset, self._generators = dataset, generators

    def __getitem__(self, key: Tuple[int, int, int, Any]) -> Any:
        seed, epoch, place, index = key
        seed_all(derive(seed, epoch, place), *self._generators())
        return (seed, epoch, place), self._dataset[index]

    def __len__(self) -> int:
        return len(self._dataset)


class _Collate:
    """The same for what makes a batch of samples."""

    def __init__(self, collate: Any, several: bool, generators: Generators) -> None:
        self._collate, self._several, self._generators = collate, several, generators

    def __call__(self, samples: Any) -> Any:
        (seed, epoch, place), _ = samples[0] if self._several else samples
        seed_all(derive(seed, epoch, "collate {}".format(place)), *self._generators())
        return self._collate([sample for _, sample in samples] if self._several else samples[1])


class InWorker:
    """worker_init_fn: it, and the dataset, see the dataset of the program's, and may change it."""

    def __init__(self, begin: Any, generators: Generators) -> None:
        self._begin, self._generators = begin, generators

    def __call__(self, number: int) -> None:
        worker = arrays.torch().utils.data.get_worker_info()
        if isinstance(worker.dataset, _Samples):
            worker.__dict__["dataset"] = worker.dataset._dataset  # the class refuses to have it set
        if self._begin is not None:
            self._begin(number)
        self._generators.forget()


def refuse_own_iteration(loader: Any) -> None:
    """A loader's class that goes through it in its own way would be passed over: nothing is made of what it does."""
    if arrays.torch() is None:
        return
    kind, plain = type(loader), arrays.torch().utils.data.DataLoader
    if issubclass(kind, plain) and kind.__module__.split(".")[0] != "torchdata":  # whose order is the sampler's
        own = [name for name in ("__iter__", "_get_iterator") if getattr(kind, name) is not getattr(plain, name)]
        if own:
            raise UntrackableError(
                "{} is a DataLoader with {} of its own, which batches() does not call: give it a plain DataLoader, and do in the loop what that does{}".format(
                    kind.__qualname__,
                    " and ".join(own),
                    "; for accelerate's there is cairn.accelerate.Run" if kind.__module__.split(".")[0] == "accelerate" else "",
                ),
                78,
            )
