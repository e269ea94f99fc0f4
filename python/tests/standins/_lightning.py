"""Stands for Lightning: its loops as a callback sees them. `is_two`: as in 2.6, else as in 1.9."""

import copy
import dataclasses
import os
import signal

import torch


@dataclasses.dataclass
class Counts:
    ready: int = 0
    started: int = 0
    processed: int = 0
    completed: int = 0


class Progress:
    def __init__(self):
        self.total, self.current, self.is_last_batch = Counts(), Counts(), False

    def state_dict(self):
        return {"total": dataclasses.asdict(self.total), "current": dataclasses.asdict(self.current), "is_last_batch": self.is_last_batch}

    def load_state_dict(self, state):
        self.total, self.current, self.is_last_batch = Counts(**state["total"]), Counts(**state["current"]), state["is_last_batch"]

    def add(self, name):
        for one in (self.total, self.current):
            setattr(one, name, getattr(one, name) + 1)


class Loop:
    def __init__(self):
        self._restarting = False

    def state_dict(self, prefix=""):
        state = {prefix + "state_dict": self.on_save_checkpoint()}
        for name, one in vars(self).items():
            if isinstance(one, Progress):
                state[prefix + name] = one.state_dict()
            elif isinstance(one, Loop):
                state.update(one.state_dict(prefix + name + "."))
        return state

    def load_state_dict(self, state, prefix=""):
        for name, one in vars(self).items():
            if isinstance(one, Progress):
                one.load_state_dict(state[prefix + name])
            elif isinstance(one, Loop):
                one.load_state_dict(state, prefix + name + ".")
        self.on_load_checkpoint(state[prefix + "state_dict"])
        self._restarting = True

    def on_save_checkpoint(self):
        return {}

    def on_load_checkpoint(self, state):
        pass


class _Sync:
    def __init__(self, _should=False, fn=None):
        self.should, self.fn = _should, fn


@dataclasses.dataclass
class _Metadata:
    fx: str
    name: str
    on_step: bool
    on_epoch: bool
    reduce_fx: object = torch.mean

    def __post_init__(self):
        self.sync = _Sync()
        self.reduce_fx = getattr(torch, self.reduce_fx) if isinstance(self.reduce_fx, str) else self.reduce_fx


class _ResultMetric:
    def __init__(self, metadata, is_tensor):
        self.meta, self.is_tensor, self._forward_cache = metadata, is_tensor, None
        self.reset()
        self.has_reset = False

    def reset(self):
        self.value, self.cumulated_batch_size, self.has_reset = torch.tensor(0.0), torch.tensor(0), True

    def update(self, value, batch_size):
        self.value = self.value + value * batch_size
        self.cumulated_batch_size = self.cumulated_batch_size + batch_size
        self.has_reset = False

    def compute(self):
        if self.meta.sync.should:
            return self.meta.sync.fn(self.value) / self.meta.sync.fn(self.cumulated_batch_size.float())
        return self.value / self.cumulated_batch_size


class _ResultCollection(dict):
    def log(self, fx, name, value, on_step, on_epoch, batch_size, sync):
        key, meta = "{}.{}".format(fx, name), _Metadata(fx, name, on_step, on_epoch)
        meta.sync = sync
        if key not in self:
            self[key] = _ResultMetric(meta, True)
        elif self[key].meta != meta or hasattr(self[key], "is_put_in"):
            raise RuntimeError("You called `self.log({}, ...)` twice".format(name))
        self.update_metrics(key, value.detach(), batch_size)

    def update_metrics(self, key, value, batch_size):
        self[key].update(value, batch_size)

    def reset(self):
        for one in self.values():
            one.reset()

    def means(self):
        return {one.meta.name: one.compute() for one in self.values() if not one.has_reset}


class Fetcher:
    def __init__(self):
        self.fetched = 0

    def setup(self, loader):
        self.loader = loader

    def __iter__(self):
        self.fetched, self.iterator = 0, iter(self.loader)
        return self

    def __next__(self):
        batch = next(self.iterator)
        self.fetched += 1
        return batch

    @property
    def done(self):
        return self.fetched >= len(self.loader)


class EvaluationLoop(Loop):
    def __init__(self, trainer):
        super().__init__()
        self.trainer, self.batch_progress, self._results = trainer, Progress(), _ResultCollection()

    def run(self):
        trainer, module = self.trainer, self.trainer.lightning_module
        module.eval()
        trainer._results = self._results
        trainer._call("on_validation_epoch_start")
        with torch.no_grad():
            for i, batch in enumerate(trainer.val_loader):
                if trainer.sanity_checking and i == 2:
                    break
                trainer._fx = "validation_step"
                output = trainer.strategy.call("validation_step", batch, i)
                trainer._call("on_validation_batch_end", output, batch, i)
        trainer._logger_connector._callback_metrics.update(self._results.means())
        self._results.reset()
        trainer._results = trainer.fit_loop.epoch_loop._results
        module.train()
        if not trainer.sanity_checking:
            trainer._call("on_validation_end")


class EpochLoop(Loop):
    def __init__(self, trainer):
        super().__init__()
        self.trainer, self.batch_progress, self.val_loop = trainer, Progress(), EvaluationLoop(trainer)
        self._results, self._batches_that_stepped, self.global_step = _ResultCollection(), 0, 0

    def on_save_checkpoint(self):
        return {"_batches_that_stepped": self._batches_that_stepped, "global_step": self.global_step}

    def on_load_checkpoint(self, state):
        self._batches_that_stepped, self.global_step = state["_batches_that_stepped"], state["global_step"]

    def _should_accumulate(self):
        return self.batch_progress.current.ready % self.trainer.accumulate_grad_batches != 0 and not self._num_ready_batches_reached()

    def _num_ready_batches_reached(self):
        return self.batch_progress.current.ready == self.trainer.num_training_batches or self.batch_progress.is_last_batch

    @property
    def done(self):
        return self._num_ready_batches_reached() or self.trainer.should_stop

    def reset(self):
        if self._restarting:
            raise AssertionError("the stand-in has no way of its own to start anew in an epoch")
        self.batch_progress.current = Counts()
        self.batch_progress.is_last_batch = False

    def run(self, fetcher):
        self.reset()
        self.on_run_start(fetcher)
        while not self.done:
            self.advance(fetcher)
            self.on_advance_end(*([fetcher] if self.trainer.is_two else []))

    def advance(self, fetcher):
        trainer = self.trainer
        batch, index = next(fetcher), self.batch_progress.current.ready
        self.batch_progress.is_last_batch = fetcher.done
        self.batch_progress.add("ready")
        trainer._call("on_train_batch_start", batch, index)
        self.batch_progress.add("started")
        optimizer = trainer.optimizers[0]
        trainer._fx = "training_step"
        loss = trainer.strategy.call("training_step", batch, index)
        if index % trainer.accumulate_grad_batches == 0:
            optimizer.zero_grad()
        (loss / trainer.accumulate_grad_batches).backward()
        if not self._should_accumulate():
            optimizer.step()
            self.global_step += 1
        self.batch_progress.add("processed")
        trainer._call("on_train_batch_end", loss.detach(), batch, index)
        self.batch_progress.add("completed")

    def _validate(self):
        interval = self.trainer.val_check_interval or self.trainer.num_training_batches
        if self.batch_progress.current.ready % interval == 0:
            self.val_loop.run()
        if not self._should_accumulate():
            self._batches_that_stepped += 1
        if self.trainer._signal_connector.received_sigterm and not self._num_ready_batches_reached():
            raise SIGTERMException


class EpochLoop1(EpochLoop):
    def on_run_start(self, data_fetcher):
        iter(data_fetcher)
        data_fetcher.fetched += self.batch_progress.current.ready

    def on_advance_end(self):
        self._validate()


class EpochLoop2(EpochLoop):
    def on_run_start(self, data_fetcher):
        if self.trainer.current_epoch > 0 and not self._restarting:
            iter(data_fetcher)
        data_fetcher.fetched += self.batch_progress.current.ready

    def on_advance_end(self, data_fetcher):
        self._validate()


class FitLoop(Loop):
    def __init__(self, trainer):
        super().__init__()
        self.trainer, self.epoch_progress = trainer, Progress()
        self.epoch_loop = (EpochLoop2 if trainer.is_two else EpochLoop1)(trainer)
        self._data_fetcher = None

    @property
    def done(self):
        return self.epoch_progress.current.processed >= self.trainer.max_epochs or self.trainer.should_stop

    def run(self):
        if self.done:
            return
        self.on_run_start()
        while not self.done:
            self.on_advance_start()
            self.epoch_loop.run(self._data_fetcher)
            self.on_advance_end()
        self.trainer._call("on_train_end")

    def on_advance_start(self):
        self.epoch_progress.add("ready")
        if hasattr(self.trainer.train_loader.sampler, "set_epoch"):
            self.trainer.train_loader.sampler.set_epoch(self.epoch_progress.current.processed)
        self.trainer._call("on_train_epoch_start")
        torch.rand(3)  # hooks may draw random numbers
        self.epoch_progress.add("started")

    def on_advance_end(self):
        trainer = self.trainer
        self.epoch_progress.add("processed")
        trainer._logger_connector._callback_metrics.update(self.epoch_loop._results.means())
        trainer._call("on_train_epoch_end")
        for config in trainer.lr_scheduler_configs:
            config.scheduler.step(trainer._logger_connector._callback_metrics[config.monitor])
        self.epoch_loop._results.reset()
        self.epoch_progress.add("completed")
        if trainer._signal_connector.received_sigterm:
            raise SIGTERMException


class FitLoop1(FitLoop):
    def on_run_start(self):
        self.trainer.reset_train_dataloader(self.trainer.lightning_module)
        self._data_fetcher = Fetcher()
        self._data_fetcher.setup(self.trainer.train_dataloader.loaders)
        self.trainer._call("on_train_start")


class FitLoop2(FitLoop):
    def __init__(self, trainer):
        super().__init__(trainer)
        self._combined_loader = None

    def run(self):
        self.setup_data()
        super().run()

    def setup_data(self):
        if self._combined_loader is None:
            self._combined_loader = self.trainer._combine()
            self._data_fetcher = Fetcher()
            self._data_fetcher.setup(self._combined_loader.flattened[0])
            iter(self._data_fetcher)

    def on_run_start(self):
        self.trainer._call("on_train_start")


class Combined:
    def __init__(self, loader):
        self.loaders, self.flattened = loader, [loader]


class Connector:
    def __init__(self, trainer):
        self.trainer, self._loaded_checkpoint = trainer, {}

    def dump_checkpoint(self, weights_only=False):
        trainer = self.trainer
        checkpoint = {
            "epoch": trainer.current_epoch,
            "global_step": trainer.global_step,
            "pytorch-lightning_version": trainer.version,
            "state_dict": trainer.lightning_module.state_dict(),
            "loops": {"fit_loop": trainer.fit_loop.state_dict()},
            "callbacks": {type(one).__qualname__: one.state_dict() for one in trainer.callbacks if one.state_dict()},
            "optimizer_states": [one.state_dict() for one in trainer.optimizers],
            "lr_schedulers": [one.scheduler.state_dict() for one in trainer.lr_scheduler_configs],
            "hyper_parameters": {"made of": object()},
        }
        for one in trainer.callbacks:
            one.on_save_checkpoint(trainer, trainer.lightning_module, checkpoint)
        trainer.lightning_module.on_save_checkpoint(checkpoint)
        return checkpoint

    def restore_datamodule(self):
        pass

    def restore_callbacks(self):
        for one in self.trainer.callbacks:
            one.on_load_checkpoint(self.trainer, self.trainer.lightning_module, self._loaded_checkpoint)
            if type(one).__qualname__ in self._loaded_checkpoint["callbacks"]:
                one.load_state_dict(copy.deepcopy(self._loaded_checkpoint["callbacks"][type(one).__qualname__]))

    def restore_precision_plugin_state(self):
        pass

    def restore_lr_schedulers(self):
        for one, state in zip(self.trainer.lr_scheduler_configs, self._loaded_checkpoint["lr_schedulers"]):
            one.scheduler.load_state_dict(state)


class SIGTERMException(SystemExit):
    pass


class SignalConnector:
    """As in 2: TERM has the loop broken off at the next batch's end; a handler that was there before is called, too."""

    def __init__(self):
        self.received_sigterm, self._original_handlers = False, {}

    def register_signal_handlers(self):
        before = signal.getsignal(signal.SIGTERM)
        self._original_handlers = {signal.SIGTERM: before}

        def handler(number, frame):
            self.received_sigterm = True
            if callable(before):
                before(number, frame)

        signal.signal(signal.SIGTERM, handler)


class Callback:
    def state_dict(self):
        return {}

    def load_state_dict(self, state_dict):
        pass

    def on_save_checkpoint(self, trainer, pl_module, checkpoint):
        pass

    def on_load_checkpoint(self, trainer, pl_module, checkpoint):
        pass

    def _nothing(self, *arguments):
        pass

    setup = (
        teardown
    ) = on_fit_start = on_train_start = on_train_end = on_train_epoch_start = on_train_epoch_end = on_train_batch_start = _nothing
    on_train_batch_end = on_validation_epoch_start = on_validation_batch_end = on_validation_end = on_exception = _nothing
    on_sanity_check_start = _nothing


class EarlyStopping(Callback):
    def __init__(self, monitor, patience=3):
        self.monitor, self.patience, self.wait_count = monitor, patience, 0
        self.best_score = self.current_score = torch.tensor(float("inf"))

    def state_dict(self):
        return {"wait_count": self.wait_count, "best_score": self.best_score, "current_score": self.current_score}

    def load_state_dict(self, state_dict):
        self.wait_count, self.best_score = state_dict["wait_count"], state_dict["best_score"]
        self.current_score = state_dict["current_score"].clone()

    def on_validation_end(self, trainer, pl_module):
        score = trainer.callback_metrics[self.monitor]
        self.wait_count = 0 if score < self.best_score else self.wait_count + 1
        self.best_score = score if score < self.best_score else self.best_score
        self.current_score = score
        trainer.should_stop = trainer.strategy.reduce_boolean_decision(self.wait_count >= self.patience, all=False)


class WeightAveraging(Callback):
    """As a moving average is kept by a callback: its weights take the place of the model's in what is saved."""

    def on_fit_start(self, trainer, pl_module):
        self.average = torch.optim.swa_utils.AveragedModel(pl_module, avg_fn=lambda old, new, count: old * 0.9 + new * 0.1)

    def on_train_batch_end(self, trainer, pl_module, *ignored):
        self.average.update_parameters(pl_module)

    def on_save_checkpoint(self, trainer, pl_module, checkpoint):
        state = self.average.state_dict()
        checkpoint["current_model_state"] = checkpoint["state_dict"]
        checkpoint["state_dict"] = {name[len("module.") :]: one for name, one in state.items() if name.startswith("module.")}
        checkpoint["averaging_state"] = {name: one for name, one in state.items() if not name.startswith("module.")}

    def on_load_checkpoint(self, trainer, pl_module, checkpoint):
        self.average.load_state_dict(
            dict({"module." + name: one for name, one in checkpoint["state_dict"].items()}, **checkpoint["averaging_state"])
        )
        pl_module.load_state_dict(checkpoint["current_model_state"])


class LightningModule(torch.nn.Module):
    trainer = None

    def __getstate__(self):
        return {name: one for name, one in vars(self).items() if name != "trainer"}

    def log(self, name, value, on_step=False, on_epoch=True, sync_dist=False):
        sync = _Sync(sync_dist, self.trainer.strategy.reduce)
        self.trainer._results.log(self.trainer._fx, name, value, on_step, on_epoch, 8, sync)

    def on_save_checkpoint(self, checkpoint):
        pass

    def on_load_checkpoint(self, checkpoint):
        pass


class TensorBoardLogger:
    """Chooses the next version's folder and makes a file of events in it."""

    def __init__(self, save_dir):
        self.save_dir, self._version, self._experiment = save_dir, None, None

    @property
    def version(self):
        if self._version is None:
            self._version = (
                len([one for one in os.listdir(self.save_dir) if one.startswith("version_")]) if os.path.isdir(self.save_dir) else 0
            )
        return self._version

    @property
    def log_dir(self):
        return os.path.join(self.save_dir, "version_{}".format(self.version))

    @property
    def experiment(self):
        if self._experiment is None:
            os.makedirs(self.log_dir, exist_ok=True)
            self._experiment = open(os.path.join(self.log_dir, "events.out.tfevents.1.here.{}.0".format(os.getpid())), "a")
        return self._experiment


class SingleDeviceStrategy:
    world_size, global_rank = 1, 0

    def setup(self, module):
        self.model = module

    def call(self, name, *arguments):
        return getattr(self.model, name)(*arguments)

    def share_out(self, loader, shuffle):
        return loader

    def reduce(self, value, *ignored):
        return value

    def reduce_boolean_decision(self, decision, all=True):
        return decision


class _Forward(torch.nn.Module):
    """What DistributedDataParallel has a forward pass of."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, name, *arguments):
        return getattr(self.module, name)(*arguments)


class DDPStrategy(SingleDeviceStrategy):
    """Each rank a process of its own, over gloo; MASTER_ADDR and the rest of them say who is who."""

    def __init__(self):
        torch.distributed.init_process_group("gloo")
        self.world_size, self.global_rank = torch.distributed.get_world_size(), torch.distributed.get_rank()

    def setup(self, module):
        self.model = torch.nn.parallel.DistributedDataParallel(_Forward(module))

    def call(self, name, *arguments):
        return self.model(name, *arguments)

    def share_out(self, loader, shuffle):
        sampler = torch.utils.data.distributed.DistributedSampler(loader.dataset, shuffle=shuffle)
        return torch.utils.data.DataLoader(loader.dataset, loader.batch_size, sampler=sampler, num_workers=loader.num_workers)

    def reduce(self, value, *ignored):
        value = value.clone()
        torch.distributed.all_reduce(value)
        return value / self.world_size

    def reduce_boolean_decision(self, decision, all=True):
        decisions = torch.tensor(float(decision))
        torch.distributed.all_reduce(decisions)
        return bool(decisions == self.world_size if all else decisions > 0)


class LoggerConnector:
    def __init__(self):
        self._callback_metrics, self._logged_metrics, self._progress_bar_metrics = {}, {}, {}


class SchedulerConfig:
    def __init__(self, scheduler, monitor):
        self.scheduler, self.monitor = scheduler, monitor


class BaseTrainer:
    is_two, version = False, ""

    def __init__(self, max_epochs, callbacks, accumulate_grad_batches=1, val_check_interval=None, logger=None, strategy="auto"):
        self.max_epochs, self.callbacks, self.accumulate_grad_batches = max_epochs, callbacks, accumulate_grad_batches
        self.val_check_interval, self.loggers = val_check_interval, [logger] if logger is not None else []
        self.strategy = DDPStrategy() if strategy == "ddp" else SingleDeviceStrategy()
        self.world_size, self.global_rank = self.strategy.world_size, self.strategy.global_rank
        self._logger_connector, self._checkpoint_connector = LoggerConnector(), Connector(self)
        self._signal_connector = SignalConnector()
        self.should_stop, self.sanity_checking, self.lightning_module = False, False, None
        self.fit_loop = (FitLoop2 if self.is_two else FitLoop1)(self)
        self._results, self._fx = self.fit_loop.epoch_loop._results, ""

    @property
    def model(self):
        return self.strategy.model

    @property
    def current_epoch(self):
        return self.fit_loop.epoch_progress.current.processed

    @property
    def global_step(self):
        return self.fit_loop.epoch_loop.global_step

    @property
    def callback_metrics(self):
        return self._logger_connector._callback_metrics

    def _call(self, name, *arguments):
        for one in self.callbacks:
            getattr(one, name)(self, self.lightning_module, *arguments)

    def _combine(self):
        self.num_training_batches = len(self.train_loader)
        return Combined(self.train_loader)

    def fit(self, model, train_dataloaders, val_dataloaders):
        self.lightning_module = model
        self.train_loader = self.strategy.share_out(train_dataloaders, shuffle=True)
        self.val_loader = self.strategy.share_out(val_dataloaders, shuffle=False)
        model.trainer = self
        for one in self.loggers:
            one.experiment
        self._call("setup", "fit")
        made = model.configure_optimizers()
        self.optimizers = [made["optimizer"]]
        self.lr_scheduler_configs = [SchedulerConfig(made["lr_scheduler"]["scheduler"], made["lr_scheduler"]["monitor"])]
        self.strategy.setup(model)
        self._call("on_fit_start")
        if self.is_two:
            self._signal_connector.register_signal_handlers()
        try:
            random = torch.get_rng_state()
            self.sanity_checking = True
            self._call("on_sanity_check_start")
            self.fit_loop.epoch_loop.val_loop.run()
            self.sanity_checking = False
            torch.set_rng_state(random)
            self.fit_loop.run()
        except BaseException as error:
            self._call("on_exception", error)
            raise
        self._call("teardown", "fit")


class Trainer1(BaseTrainer):
    version = "1.9.5"

    def reset_train_dataloader(self, model=None):
        self.train_dataloader = self._combine()


class Trainer2(BaseTrainer):
    is_two, version = True, "2.6.5"
