"""Data to the bit: a DataLoader of PyTorch whose order and whose augmentation are functions of the run's seed, the epoch and the place in it."""

import hashlib
import random
from typing import Any, Iterator

from . import _arrays as arrays
from . import _library as native
from ._parts import Described
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


class BatchesPart:
    """What the order hangs on: the seed, and what must be the same for a place in the epoch to mean the same."""

    ranks = native.OWN

    def __init__(self, seed, samples, batches):
        self.seed, self.samples, self.batches = seed, samples, batches

    def describe(self):
        return Described(values=[("seed", self.seed, 0), ("samples", self.samples, 0), ("batches", self.batches, 0)])

    def differences(self, tensors, values):
        if tensors or set(values) != {"seed", "samples", "batches"}:
            yield "it is the order of the data, in the checkpoint it is none"
            return
        for name, mine in (("samples", self.samples), ("batches", self.batches)):
            if values[name] != mine:
                yield "an epoch has {} {}, in the checkpoint {}: a place in it would mean another one".format(mine, name, values[name])

    def restore(self, tensors, values, read):
        self.seed = values["seed"]


class Data:
    """A loader that gives the same batches from any place on."""

    def __init__(self, loader):
        torch = arrays.torch()
        utils = torch.utils.data if torch is not None else None
        if utils is None or not isinstance(loader, utils.DataLoader):
            raise MisuseError("batches() takes a torch.utils.data.DataLoader, and this is a {}: other data is for run.steps(), by the step's number".format(
                type(loader).__qualname__))
        if isinstance(loader.dataset, utils.IterableDataset):
            raise UntrackableError(
                "the loader's dataset is an IterableDataset, which has no places to go on from: make it a Dataset with __getitem__ and __len__, or use "
                "run.steps() and track what knows where the data is, something with state_dict() and load_state_dict()", 78)
        self._loader, self._sampler = loader, loader.sampler if loader.batch_sampler is None else loader.batch_sampler
        try:
            samples, batches = len(loader.dataset), len(loader)
        except TypeError as error:
            raise UntrackableError("the loader does not say how many batches an epoch has: {}".format(error), 78) from None
        if batches == 0:
            raise MisuseError("the loader has no batch")
        self.part = BatchesPart(torch.initial_seed() & (1 << 63) - 1, samples, batches)
        if self._plan(0) != self._plan(0):
            raise UntrackableError(
                "the loader's sampler ({}) gives another order each time, although the generators of Python, NumPy and torch are seeded alike: its order "
                "must come from those, or from its generator".format(type(self._sampler).__qualname__), 78)
        self._places = _Places()
        self._inner = self._make()
        self._epoch, self._iterator, self._next = -1, None, -1

    def at(self, step):
        """The batch of a step. From one to the next the loader goes on; elsewhere it begins there."""
        epoch, index = divmod(step, self.part.batches)
        if self._iterator is None or (epoch, index) != (self._epoch, self._next):
            self._begin(epoch, index)
        self._next = index + 1
        if self._loader.num_workers == 0:
            with Aside():  # once for all of the batch's samples
                data = next(self._iterator)
        else:
            data = next(self._iterator)
        if self._next == self.part.batches:
            self._iterator = None
        return Batch(data, epoch, index, self._next == self.part.batches)

    def _begin(self, epoch, index):
        plan = self._plan(epoch)
        if len(plan) != self.part.batches:
            raise UntrackableError("the loader has {} batches in epoch {}, and says it has {}: with another number in each epoch a step has no place".format(
                len(plan), epoch, self.part.batches), 78)
        self._places.fill(self.part.seed, epoch, plan, index)
        self._epoch, self._iterator = epoch, iter(self._inner)

    # The sampler's own order, as it is with these seeds. What it draws from the program's generators is put back.
    def _plan(self, epoch):
        sampler = self._sampler
        for one in (sampler, getattr(sampler, "sampler", None)):
            if callable(getattr(one, "set_epoch", None)):
                one.set_epoch(epoch)
            if getattr(one, "generator", None) is not None:
                one.generator.manual_seed(_seed(self.part.seed, epoch, "order"))
        with Aside():
            seed_all(_seed(self.part.seed, epoch, "order"))
            return list(sampler)

    def _make(self):
        loader, torch = self._loader, arrays.torch()
        options = {
            "num_workers": loader.num_workers, "collate_fn": _Collate(loader.collate_fn, loader.batch_sampler is not None),
            "pin_memory": loader.pin_memory, "timeout": loader.timeout, "worker_init_fn": loader.worker_init_fn,
            "multiprocessing_context": loader.multiprocessing_context, "persistent_workers": loader.persistent_workers,
            # Or it would draw from the program's at each beginning.
            "generator": torch.Generator()}
        if loader.num_workers > 0:
            options["prefetch_factor"] = loader.prefetch_factor
        if getattr(loader, "pin_memory_device", ""):
            options["pin_memory_device"] = loader.pin_memory_device
        if loader.batch_sampler is None:
            options.update(batch_size=None, sampler=self._places)
        else:
            options["batch_sampler"] = self._places
        return torch.utils.data.DataLoader(_Samples(loader.dataset), **options)


class _Places:
    """The sampler: what is left of an epoch, each sample with its seed's parts."""

    def fill(self, seed, epoch, plan, index):
        self._seed, self._epoch, self._plan, self._index = seed, epoch, plan, index

    def __iter__(self):
        place = 0
        for i, entry in enumerate(self._plan):
            several = isinstance(entry, (list, tuple))
            if i >= self._index:
                yield ([(self._seed, self._epoch, place + k, one) for k, one in enumerate(entry)] if several
                       else (self._seed, self._epoch, place, entry))
            place += len(entry) if several else 1

    def __len__(self):
        return len(self._plan) - self._index


class _Samples:
    """The dataset: a sample's random numbers are those of its place, whichever process takes it, and whatever it took before. In the program's own
    process its generators are put back behind the batch."""

    def __init__(self, dataset):
        self._dataset = dataset

    def __getitem__(self, key):
        seed, epoch, place, index = key
        seed_all(_seed(seed, epoch, place))
        return (seed, epoch, place), self._dataset[index]

    def __len__(self):
        return len(self._dataset)


class _Collate:
    """The same for what makes a batch of samples."""

    def __init__(self, collate, several):
        self._collate, self._several = collate, several

    def __call__(self, samples):
        (seed, epoch, place), _ = samples[0] if self._several else samples
        seed_all(_seed(seed, epoch, "collate {}".format(place)))
        return self._collate([sample for _, sample in samples] if self._several else samples[1])


class Aside:
    """Within it the generators of Python, NumPy and torch (the CPU's) may be used for something else: afterwards they are as before."""

    def __enter__(self):
        numpy, torch = arrays.numpy(), arrays.torch()
        self._python = random.getstate()
        self._numpy = numpy.random.get_state() if numpy is not None else None
        self._torch = torch.get_rng_state()

    def __exit__(self, kind, value, trace):
        random.setstate(self._python)
        if self._numpy is not None:
            arrays.numpy().random.set_state(self._numpy)
        arrays.torch().set_rng_state(self._torch)


def seed_all(seed):
    random.seed(seed)
    if arrays.numpy() is not None:
        arrays.numpy().random.seed(seed & 0xffffffff)
    arrays.torch().default_generator.manual_seed(seed)  # and not CUDA's: they are the training's alone


def _seed(*parts):
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1
