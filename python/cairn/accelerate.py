"""accelerate: a loop of one's own with an Accelerator.

    model, optimizer, loader, scheduler = accelerator.prepare(model, optimizer, loader, scheduler)
    run = cairn.accelerate.Run(accelerator, "checkpoints", save=cairn.every(minutes=10))
    for batch in run.batches(loader, epochs=3):
        with accelerator.accumulate(model):
            ...
    run.finish(lambda: accelerator.save_model(model, "final"))

What was prepared, what was registered for checkpointing and the gradient scaler are tracked by themselves.
"""

import os
from typing import Any, Iterator, Optional, Union

from . import _guest, run
from ._data import Batch
from ._loaders import Settled
from .errors import MisuseError, UntrackableError

_PLAIN = ("NO", "MULTI_GPU", "MULTI_CPU")  # each process has all of the state


class Run(run.Run):
    """A run whose state is what the accelerator has prepared. The other arguments are those of cairn.Run."""

    def __init__(self, accelerator: Any, folder: Optional[Union[str, "os.PathLike[str]"]] = None, **options: Any) -> None:
        kind = getattr(accelerator.distributed_type, "name", str(accelerator.distributed_type))
        if kind not in _PLAIN:
            raise UntrackableError(
                "the accelerator's distributed_type is {}, and a checkpoint holds a state that each process has all of ({}): save by "
                "accelerator.save_state(), and stop by cairn.stop_requested(step=...), as docs/python-ranks.md says".format(
                    kind, ", ".join(_PLAIN)
                ),
                78,
            )
        super().__init__(folder, **options)
        self._accelerator = accelerator
        _guest.LoggerIds(folder).wandb()

    def batches(self, loader: Any, epochs: int) -> Iterator[Batch]:
        """The batches of a prepared loader that are still to do, of so many epochs in all, for one `for`: on the device, as the loader gives them. The run
        is saved and stopped between two of them where the gradients of all before have gone into an optimizer's step."""
        accelerator = self._accelerator
        if type(loader).__name__ not in ("DataLoaderShard", "DataLoader"):
            raise MisuseError(
                "batches() takes a loader that accelerator.prepare() gave, and shares out by itself; this is a {}".format(
                    type(loader).__qualname__
                )
            )
        place = [0, 0]
        settled = Settled(loader, lambda: (place[0], place[1]), accelerator.process_index)
        if accelerator.num_processes > 1:  # each takes its share of one order
            settled.part.seed = _of_the_first(settled.part.seed)
        self._track("batches", settled.part)
        for name, things in (
            ("model", accelerator._models),
            ("optimizer", accelerator._optimizers),
            ("scheduler", accelerator._schedulers),
        ):
            for i, thing in enumerate(things):
                self.track(**{"{}{}".format(name, i or ""): getattr(thing, name, thing) if name != "model" else thing})
        for i, thing in enumerate(accelerator._custom_objects):
            self.track(**{"registered{}".format(i or ""): thing})
        if accelerator.scaler is not None:
            self.track(scaler=accelerator.scaler)
        self.track(accumulated=_Accumulated(accelerator))
        return self._go(loader, settled.batches, epochs, place)

    def _go(self, loader: Any, batches: Any, epochs: Any, place: Any) -> Iterator[Any]:
        done = self.restore()
        while done < epochs * batches:
            place[:] = divmod(done, batches)
            epoch, index = place
            for data in loader:
                yield Batch(data, epoch, index, index + 1 == batches)
                index, done = index + 1, done + 1
                is_last = done == epochs * batches
                if (self._accelerator.sync_gradients or is_last) and not self.boundary(done, last=is_last):
                    return
            if index != batches:
                raise MisuseError("the loader gave {} batches in epoch {}, and says it has {}".format(index, epoch, batches), 78)


class _Accumulated:
    """How many batches accelerator.accumulate() has counted."""

    def __init__(self, accelerator: Any) -> None:
        self._accelerator = accelerator

    def state_dict(self) -> Any:
        return {"step": self._accelerator.step}

    def load_state_dict(self, state: Any) -> None:
        self._accelerator.step = state["step"]


def _of_the_first(seed: Any) -> Any:
    from accelerate.utils import broadcast_object_list

    return broadcast_object_list([seed])[0]
