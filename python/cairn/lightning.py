"""Lightning (2, and 1.9 as pytorch_lightning): one callback, and the trainer's run can be stopped at any time and goes on to the bit.

    trainer = L.Trainer(callbacks=[cairn.lightning.CairnCallback("checkpoints", save=cairn.every(minutes=10))])
    trainer.fit(model, loader)

A step of the run is a batch or a whole validation. Between two of them lies the step boundary; the loop's own counters, what it has logged so far in the
epoch, callbacks, schedulers and the precision's scaler are part of the state, as Lightning itself would save them, and the data goes on in mid-epoch.
"""

import dataclasses
import inspect
import os
import signal
import sys
import threading
import time
from typing import Any, Dict, Iterator, List, Optional, Set, Union

from . import _guest
from . import _library as native
from ._seeds import Aside
from ._conditions import torch_conditions
from ._loaders import Settled
from ._parts import Described, StatePart
from .errors import UntrackableError
from .schedules import Policies, Schedules, every

if "pytorch_lightning" in sys.modules and "lightning.pytorch" not in sys.modules:
    import pytorch_lightning as _lightning
else:
    try:
        import lightning.pytorch as _lightning
    except ImportError:
        import pytorch_lightning as _lightning

# A validation that took longer than this is left at a stop, and done again from its beginning; a shorter one comes to its end first.
_LONG_VALIDATION = 30.0
_MOST_OF_A_METRIC = 16 << 10  # bytes: of its own a rank may keep 64 KiB in all
_PLAIN = ("SingleDeviceStrategy", "DDPStrategy")  # each rank has all of the state
_LOGGED = ("_callback_metrics", "_logged_metrics", "_progress_bar_metrics")
_NOT_STATE = (
    "optimizer_states",
    "pytorch-lightning_version",
    "hyper_parameters",
    "hparams_name",
    "hparams_type",
    "datamodule_hyper_parameters",
    "datamodule_hparams_name",
    "datamodule_hparams_type",
)  # what builds the model is the program's own


class CairnCallback(_lightning.Callback):
    """Saves, stops and goes on. The arguments are those of cairn.Run."""

    def __init__(
        self,
        folder: Optional[Union[str, "os.PathLike[str]"]] = None,
        *,
        save: Optional[Schedules] = None,
        keep: Optional[Policies] = None,
        mode: str = "asynchronous",
        **options: Any,
    ) -> None:
        super().__init__()
        self._guest = _guest.Guest(folder, every(minutes=10) if save is None else save, keep, mode, options)
        self._ids = _guest.LoggerIds(folder)
        self._ids.wandb()
        self._trainer: Any = None

    # ---- Lightning calls ----

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:
        if stage != "fit":
            return
        strategy = type(trainer.strategy).__name__
        if strategy not in _PLAIN:
            raise UntrackableError(
                "the trainer's strategy is {}, and a checkpoint holds a state that each rank has all of ({}): save by the strategy's own checkpoints, and "
                "stop by cairn.stop_requested(step=...), as docs/python-ranks.md says".format(strategy, " or ".join(_PLAIN)),
                78,
            )
        self._trainer, self._loops = trainer, _Loops(trainer.fit_loop)
        self._settled: Any = None
        self._steps = self._validations = 0
        self._pending = False
        self._left: Optional[int] = None
        self._longest: Optional[float] = None
        self._resumed: Any = None
        self._too_large: Set[str] = set()
        self._resume_loggers()
        self._guest.open()
        self._loops.wrap(self)

    def on_sanity_check_start(self, trainer: Any, pl_module: Any) -> None:
        if self._trainer is not None:
            self._keep_term()  # a stop that comes here is heard at the first step

    def teardown(self, trainer: Any, pl_module: Any, stage: str) -> None:
        self._unwrap()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        self._unwrap()

    def on_validation_batch_end(self, trainer: Any, pl_module: Any, *ignored: Any) -> None:
        # The state from before this validation is saved already, and nothing of the model has changed since.
        if self._left is not None and self._any(self._guest.run.stop_requested):
            _guest.say("stopped in the validation behind step {}: it is done again from its beginning".format(self._left))
            self._guest.leave()

    def _unwrap(self) -> None:
        if self._trainer is not None:
            self._loops.unwrap()
            self._trainer = None

    # ---- the loop, as wrapped ----

    def fit(self, original: Any) -> Any:
        """The whole of the training: everything that has a state is there now."""
        fit = self._loops.fit
        self._keep_term()
        self._loops.make_loaders()
        run = self._guest.run
        if self._settled is None:
            return original()  # which says that there is nothing to train
        run._track("model", _model_part(self._trainer))
        several = len(self._trainer.optimizers) > 1
        run.track(**{"optimizer{}".format(i if several else ""): one for i, one in enumerate(self._trainer.optimizers)})
        run._track("batches", self._settled.part)
        epoch: Dict[str, Any] = {"sums": {}, "metrics": {}}
        part = _guest.LatePart(self, self.epoch_state, lambda state: self._put_logged(epoch, state))
        part.ranks = native.OWN if self._trainer.world_size > 1 else native.SAME
        run._track("epoch", part)
        run._track("lightning", _LightningPart(self))
        if run.restore() > 0:
            random = _random_states()
            self._resumed = (fit.state_dict(), epoch, random)
            if self._in_epoch():
                # Lightning begins the epoch anew, with its hooks; behind them what was restored is put back once more.
                fit.epoch_progress.current.ready = fit.epoch_progress.current.processed
                fit.epoch_progress.total.ready -= 1
                fit.epoch_progress.current.started = fit.epoch_progress.current.processed
                fit.epoch_progress.total.started -= 1
            _guest.say(
                "goes on in epoch {} behind batch {}".format(
                    fit.epoch_progress.current.processed, fit.epoch_loop.batch_progress.current.ready
                )
                if self._in_epoch()
                else "goes on with epoch {}".format(fit.epoch_progress.current.processed)
            )
        original()
        outcome = self._guest.finish()
        if not outcome.is_finished:
            _guest.say("the training ended behind step {} without being finished: {}".format(self._steps, outcome))

    # Lightning has put a handler of its own around Cairn's, which has the loop broken off without a save.
    def _keep_term(self) -> None:
        connector = getattr(self._trainer, "_signal_connector", None)
        before = getattr(connector, "_original_handlers", {}).get(signal.SIGTERM)
        if callable(before) and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)

    def epoch_begins(self, original: Any) -> None:
        """Before the hooks of an epoch."""
        if self._resumed is not None and not self._in_epoch():
            _put_random_states(self._resumed[2])
            self._resumed = None
        original()

    def batches_begin(self, original: Any, *fetcher: Any) -> Any:
        """The loop over an epoch's batches begins; behind a restore it does so where it was."""
        resumed, self._resumed = self._resumed, None
        if resumed is None:
            return original(*fetcher)
        fit, (loops, epoch, random) = self._loops.fit, resumed

        self._loops.load(loops)
        original(*fetcher)
        if fetcher and hasattr(fit, "_combined_loader"):
            fetched = fetcher[0].fetched
            iter(fetcher[0])  # in the first epoch Lightning has made it before anything was restored
            fetcher[0].fetched = fetched
        self._put_epoch(epoch)
        _put_random_states(random)
        if self._pending:
            fit.epoch_loop.on_advance_end(*fetcher[: self._loops.arguments])

    def batch_ended(self, original: Any, *arguments: Any) -> None:
        """Behind a batch and all that belongs to it, a validation, too."""
        original(*arguments)
        loop = self._loops.fit.epoch_loop
        if not loop._should_accumulate() and not loop.done:  # the epoch's end is a boundary of its own
            self._boundary()

    def epoch_ended(self, original: Any) -> None:
        rest = self._loops.put_rest(self._trainer)
        original()
        for key in rest:
            del self._loops.results[key]  # the next epoch's are logged as the program logs them
        self._boundary(last=self._loops.fit.done)

    def validation(self, original: Any) -> Any:
        """A validation in training: its beginning is a boundary, so that a stop need not wait for its end."""
        if self._trainer.sanity_checking:
            return original()
        if not self._pending and not self._loops.fit.epoch_loop._should_accumulate():
            self._pending = True
            is_long = self._any(self._longest is None or self._longest > _LONG_VALIDATION)
            if is_long:
                self._guest.run.save_at_boundary()
            self._boundary()
            self._left = self._steps if is_long else None
        elif self._pending:
            self._left = self._steps  # this is where it was restored
        begun = time.monotonic()
        result = original()
        self._longest = max(self._longest or 0.0, time.monotonic() - begun)
        self._pending, self._left = False, None
        self._validations += 1
        return result

    def _boundary(self, last: bool = False) -> None:
        steps = self._loops.fit.epoch_loop.batch_progress.total.completed + self._validations
        if steps > self._steps:
            self._steps = steps
            self._guest.boundary(steps, last)

    def _any(self, flag: Any) -> Any:
        strategy = self._trainer.strategy
        return bool(strategy.reduce_boolean_decision(bool(flag), all=False)) if self._trainer.world_size > 1 else bool(flag)

    # Restored behind an epoch's beginning and before its end.
    def _in_epoch(self) -> Any:
        return self._pending or self._loops.is_in_epoch

    # ---- the data ----

    def settle_loaders(self, loaders: Any) -> None:
        if len(loaders) != 1:
            raise UntrackableError(
                "there are {} loaders for training, and the place in one of them alone can be kept: make one of them".format(len(loaders)),
                78,
            )
        before, self._settled = self._settled, Settled(loaders[0], self._where, self._trainer.global_rank)
        if before is not None:  # loaders that are made anew in the course
            self._settled.part.seed = before.part.seed

    def _where(self) -> Any:
        fit = self._loops.fit
        return fit.epoch_progress.current.processed, fit.epoch_loop.batch_progress.current.ready

    # ---- the state ----

    def state(self) -> Any:
        """What Lightning itself would save, but for the weights and the optimizers, which are parts of their own."""
        trainer, fit = self._trainer, self._loops.fit
        state = trainer._checkpoint_connector.dump_checkpoint(weights_only=False)
        saved = state.pop("state_dict")
        if not _is_same(saved, trainer.lightning_module.state_dict()):
            state["state_dict"] = saved  # a callback has put others there, of a moving average, say
        for name in _NOT_STATE:
            state.pop(name, None)
        state["loops"] = state["loops"]["fit_loop"]
        state["callbacks"] = _apart(state.get("callbacks", {}))
        state["cairn"] = {
            "should stop": trainer.should_stop,
            "validations": self._validations,
            "validation to do": self._pending,
            "in epoch": bool(fit.epoch_progress.current.ready > fit.epoch_progress.current.processed),
        }
        return state

    def put_state(self, state: Any) -> None:
        trainer = self._trainer
        connector = trainer._checkpoint_connector
        mine = state["cairn"]
        self._loops.load(state["loops"])
        self._loops.is_in_epoch = mine["in epoch"]
        checkpoint = dict(state, loops={"fit_loop": state["loops"]}, optimizer_states=[one.state_dict() for one in trainer.optimizers])
        checkpoint["pytorch-lightning_version"] = _lightning.__version__
        checkpoint.setdefault("state_dict", trainer.lightning_module.state_dict())
        connector._loaded_checkpoint = checkpoint
        try:
            trainer.lightning_module.on_load_checkpoint(checkpoint)
            connector.restore_datamodule()
            connector.restore_callbacks()
            connector.restore_precision_plugin_state()
            connector.restore_lr_schedulers()
        finally:
            connector._loaded_checkpoint = {}
        self._validations, self._pending, trainer.should_stop = mine["validations"], mine["validation to do"], mine["should stop"]
        self._steps = self._loops.fit.epoch_loop.batch_progress.total.completed + self._validations

    def epoch_state(self) -> Any:
        """What was logged last, and what the epoch has summed up so far: values that were logged, and metrics of torchmetrics. Each rank has its own."""
        sums = {key: saved for key, saved in ((key, _sum(metric)) for key, metric in self._loops.results.items()) if saved}
        logged = {name: _apart(dict(getattr(self._trainer._logger_connector, name))) for name in _LOGGED}
        return {"sums": sums, "metrics": dict(self._metric_states()), "logged": logged}

    def _metric_states(self) -> Iterator[Any]:
        for name, metric in self._metrics():
            state = _metric_state(metric)
            if self._trainer.world_size == 1 or _size(state) <= _MOST_OF_A_METRIC:
                yield name, state
            elif name not in self._too_large:
                self._too_large.add(name)
                _guest.say(
                    "what {} has counted in this epoch ({} bytes) is more than each of several ranks may keep of its own ({}), so behind a cut its "
                    "epoch's value is of a part of it".format(name, _size(state), _MOST_OF_A_METRIC)
                )

    def _put_logged(self, epoch: Any, state: Any) -> None:
        epoch.update(state)
        for name, content in state["logged"].items():
            getattr(self._trainer._logger_connector, name).update(content)

    def _metrics(self) -> Iterator[Any]:
        for name, module in self._trainer.lightning_module.named_modules():
            if isinstance(getattr(module, "_defaults", None), dict) and callable(getattr(module, "compute", None)):
                yield name, module

    def _put_epoch(self, state: Any) -> None:
        self._loops.pending_sums = dict(state["sums"])
        for name, metric in self._metrics():
            for key, value in state["metrics"].get(name, {}).items():
                setattr(metric, key, value)

    # ---- loggers ----

    def _resume_loggers(self) -> None:
        for i, logger in enumerate(self._trainer.loggers):
            if type(logger).__name__ == "TensorBoardLogger" and getattr(logger, "_version", None) is not None:
                version = self._ids.get("tensorboard{}".format(i or ""), lambda: logger.version)
                if version != logger.version:
                    _move_tensorboard(logger, version)


def _model_part(trainer: Any) -> Any:
    from ._parts import ModulePart, bare, own_buffers

    part = ModulePart(bare(trainer.lightning_module))
    part.own_buffers = own_buffers(trainer.model)
    return part


def _is_same(one: Any, other: Any) -> Any:
    return one.keys() == other.keys() and all(
        not hasattr(one[name], "data_ptr") or one[name].data_ptr() == getattr(other[name], "data_ptr", int)() for name in one
    )


def _sum(metric: Any) -> Any:
    """What a logged value has come to in this epoch, and how it was logged."""
    if isinstance(metric, dict) or metric.has_reset:
        return None
    meta = {
        field.name: getattr(metric.meta, field.name)
        for field in dataclasses.fields(metric.meta)
        if field.init and not field.name.startswith("_")
    }
    reduce = getattr(meta["reduce_fx"], "__name__", meta["reduce_fx"])
    if reduce not in ("mean", "min", "max", "sum"):
        _guest.say(
            "{} is logged with a reduction of the program's own, so behind a cut its epoch's value is of a part of it".format(meta["name"])
        )
        return None
    names = ("value", "cumulated_batch_size", "_forward_cache", "_update_count") if metric.is_tensor else ()
    return {
        "meta": dict(meta, reduce_fx=reduce),
        "sync": bool(metric.meta.sync.should),
        "is tensor": metric.is_tensor,
        "values": {name: getattr(metric, name) for name in names if getattr(metric, name, None) is not None},
    }


def _apart(value: Any) -> Any:
    """A state whose single numbers share no memory with each other: what is put back has its own for each."""
    if isinstance(value, dict):
        return {key: _apart(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_apart(one) for one in value)
    return value.clone() if hasattr(value, "numel") and value.numel() == 1 else value


def _metric_state(metric: Any) -> Any:
    names = list(metric._defaults) + [name for name in ("_update_count", "_update_called") if name in vars(metric)]
    return {name: getattr(metric, name) for name in names}


def _size(state: Any) -> int:
    if isinstance(state, (dict, list, tuple)):
        return sum(_size(one) for one in (state.values() if isinstance(state, dict) else state))
    return int(state.numel() * state.element_size()) if hasattr(state, "element_size") else 8


def _random_states() -> Any:
    keep = Aside()
    keep.__enter__()
    return keep


def _put_random_states(keep: Any) -> None:
    keep.__exit__(None, None, None)


class _LightningPart(StatePart):
    """Said, and not refused: Lightning's callbacks leave out what does not fit any more (another folder for checkpoints, say)."""

    def __init__(self, callback: Any) -> None:
        super().__init__(callback, callback.state, callback.put_state, is_open=True)

    def describe(self) -> Any:
        described = super().describe()
        return Described(described.tensors, described.values, torch_conditions() + [("lightning", _lightning.__version__)])

    def _check(self, leaves: Any, values: Any) -> None:
        try:
            super()._check(leaves, values)
        except UntrackableError as error:
            _guest.say("restored from Lightning's own state with differences: {}".format(error))


class _Loops:
    """Lightning's loops, which give a callback no place between two batches: where there is one, they call it."""

    def __init__(self, fit: Any) -> None:
        self.fit = fit
        self.is_in_epoch = False
        self.pending_sums: Dict[str, Any] = {}
        self._replaced: List[Any] = []
        # 2: the fetcher is an argument
        self.arguments = len(inspect.signature(fit.epoch_loop.on_advance_end).parameters)

    @property
    def results(self) -> Any:
        return self.fit.epoch_loop._results

    def wrap(self, callback: Any) -> None:
        fit, trainer = self.fit, callback._trainer
        for thing, name, by in (
            (fit, "run", callback.fit),
            (fit, "on_advance_start", callback.epoch_begins),
            (fit, "on_advance_end", callback.epoch_ended),
            (fit.epoch_loop, "on_run_start", callback.batches_begin),
            (fit.epoch_loop, "on_advance_end", callback.batch_ended),
            (fit.epoch_loop.val_loop, "run", callback.validation),
        ):
            self._put(thing, name, self._call(getattr(thing, name), by))
        self._callback = callback
        if hasattr(fit, "setup_data"):
            self._put(fit, "setup_data", self._call(fit.setup_data, self._set_up))
        else:
            self._put(trainer, "reset_train_dataloader", self._call(trainer.reset_train_dataloader, self._reset))
        self._trainer = trainer
        self._put(self.results, "update_metrics", self._call(self.results.update_metrics, self._update))

    @staticmethod
    def _call(original: Any, by: Any) -> Any:
        return lambda *arguments, **more: by(original, *arguments, **more)

    def _put(self, thing: Any, name: str, function: Any) -> None:
        setattr(thing, name, function)
        self._replaced.append((thing, name))

    def unwrap(self) -> None:
        while self._replaced:
            thing, name = self._replaced.pop()
            delattr(thing, name)

    # ---- data: 2, and before ----

    def make_loaders(self) -> None:
        if hasattr(self.fit, "setup_data"):
            self.fit.setup_data()
        else:
            self._trainer.reset_train_dataloader(self._trainer.lightning_module)

    def _set_up(self, original: Any) -> None:
        before = self.fit._combined_loader
        original()
        if self.fit._combined_loader is not before:
            self._callback.settle_loaders(self.fit._combined_loader.flattened)
            if self.fit._data_fetcher is not None:  # before 2.1 it is made later
                iter(self.fit._data_fetcher)

    def _reset(self, original: Any, *arguments: Any) -> None:
        original(*arguments)
        loaders = self._trainer.train_dataloader.loaders
        self._callback.settle_loaders([loaders] if not isinstance(loaders, (list, tuple, dict)) else list(loaders))

    # ---- progress ----

    def load(self, state: Any) -> None:
        """Sets the counters. Lightning's own way of starting anew in mid-epoch is left out: it differs from release to release."""
        self.fit.load_state_dict(state)
        self._is_restarting(self.fit)

    def _is_restarting(self, loop: Any) -> None:
        for name in ("_restarting", "_loaded_from_state_dict", "_resuming_from_checkpoint"):
            if name in vars(loop):
                setattr(loop, name, False)
        for one in list(vars(loop).values()):
            if hasattr(one, "_restarting"):
                self._is_restarting(one)

    # ---- what was logged ----

    def _update(self, original: Any, key: str, value: Any, batch_size: Any) -> None:
        saved = self.pending_sums.pop(key, None)
        if saved is not None:
            self._fill(self.results[key], saved)
        original(key, value, batch_size)

    @staticmethod
    def _fill(metric: Any, saved: Any) -> None:
        for name, content in saved["values"].items():
            setattr(metric, name, content)
        metric.has_reset = False

    def put_rest(self, trainer: Any) -> Any:
        """What was logged before the cut and not since."""
        rest, self.pending_sums = self.pending_sums, {}
        module = sys.modules[type(self.results).__module__]
        for key, saved in rest.items():
            meta = module._Metadata(**saved["meta"])
            meta.sync = module._Sync(_should=saved["sync"], fn=trainer.strategy.reduce) if saved["sync"] else module._Sync()
            metric = module._ResultMetric(meta, saved["is tensor"])
            if not saved["is tensor"]:
                metric.value = trainer.lightning_module.get_submodule(saved["meta"]["metric_attribute"])
            self.results[key] = metric
            self._fill(metric, saved)
        return list(rest)


def _move_tensorboard(logger: Any, version: Any) -> None:
    """The logger has chosen a new folder already: it goes on in that of the first start."""
    new = logger.log_dir
    experiment, logger._experiment = getattr(logger, "_experiment", None), None
    if experiment is not None:
        experiment.close()
        mine = ".{}.".format(os.getpid())
        try:
            files = os.listdir(new)
            if all(one.startswith("events.") and mine in one for one in files):  # nothing but what was made a moment ago
                for one in files:
                    os.remove(os.path.join(new, one))
                os.rmdir(new)
        except OSError as error:
            _guest.say("the new folder of the TensorBoard logger stays: {}".format(error))
    logger._version = version
