"""Stands for Transformers' Trainer: its loop as a callback sees it, over the stand-in for accelerate, in one process or several. 4 as in 4.57, 5 as in 5.0."""

import dataclasses
import itertools
import json
import math
import os
import time

import torch
from torch.utils.data import DataLoader, RandomSampler

from _accelerate import Accelerator1


@dataclasses.dataclass
class TrainingArguments:
    output_dir: str = "output"
    num_train_epochs: int = 2
    eval_strategy: str = "epoch"
    save_strategy: str = "no"
    report_to: list = dataclasses.field(default_factory=list)
    gradient_accumulation_steps: int = 1
    eval_every: int = 0  # steps; 0: at each epoch's end
    logging_steps: int = 4
    per_device_train_batch_size: int = 8
    dataloader_num_workers: int = 0
    learning_rate: float = 1e-2
    ignore_data_skip: bool = False
    max_grad_norm: float = 1.0
    process_index: int = int(os.environ.get("RANK", 0))
    world_size: int = int(os.environ.get("WORLD_SIZE", 1))
    device: str = "cpu"


@dataclasses.dataclass
class TrainerState:
    epoch: float = 0.0
    global_step: int = 0
    max_steps: int = 0
    log_history: list = dataclasses.field(default_factory=list)
    best_metric: float = math.inf
    stateful_callbacks: dict = dataclasses.field(default_factory=dict)

    @classmethod
    def load_from_json(cls, json_path):
        with open(json_path) as file:
            return cls(**json.load(file))


@dataclasses.dataclass
class TrainerControl:
    should_training_stop: bool = False
    should_epoch_stop: bool = False
    should_save: bool = False
    should_evaluate: bool = False
    should_log: bool = False


class TrainerCallback:
    def on_train_begin(self, args, state, control, **kwargs):
        pass

    on_train_end = on_epoch_begin = on_epoch_end = on_step_begin = on_step_end = on_prediction_step = on_evaluate = on_log = on_train_begin


class DefaultFlowCallback(TrainerCallback):
    def on_step_begin(self, args, state, control, **kwargs):
        control.should_log = control.should_evaluate = control.should_save = False

    on_epoch_begin = on_step_begin

    def on_step_end(self, args, state, control, **kwargs):
        control.should_log = state.global_step % args.logging_steps == 0
        control.should_evaluate = args.eval_every > 0 and state.global_step % args.eval_every == 0
        control.should_training_stop |= state.global_step >= state.max_steps

    def on_epoch_end(self, args, state, control, **kwargs):
        control.should_log, control.should_evaluate = True, args.eval_every == 0


class EarlyStoppingCallback(TrainerCallback):
    """Has a state that the Trainer does not restore by itself."""

    def __init__(self, early_stopping_patience=1):
        self.early_stopping_patience, self.early_stopping_patience_counter, self.best = early_stopping_patience, 0, math.inf

    def on_evaluate(self, args, state, control, metrics, **kwargs):
        better = metrics["eval_loss"] < self.best
        self.early_stopping_patience_counter = 0 if better else self.early_stopping_patience_counter + 1
        self.best = min(self.best, metrics["eval_loss"])
        control.should_training_stop |= self.early_stopping_patience_counter >= self.early_stopping_patience

    def state(self):
        return {"args": {}, "attributes": {"early_stopping_patience_counter": self.early_stopping_patience_counter, "best": self.best}}

    @classmethod
    def from_state(cls, state):
        raise NotImplementedError


class CallbackHandler:
    def __init__(self, callbacks, trainer):
        self.callbacks, self._trainer = callbacks, trainer

    def call(self, name, **more):
        for one in self.callbacks:
            getattr(one, name)(self._trainer.args, self._trainer.state, self._trainer.control, model=self._trainer.model, **more)


def skip_first_batches(dataloader, num_batches=0):
    raise AssertionError("the loader begins where it was, and what the Trainer would skip it does not")


class BaseTrainer:
    is_fsdp_enabled = is_deepspeed_enabled = False
    model_init = None

    def __init__(self, model=None, args=None, train_dataset=None, eval_dataset=None, callbacks=None):
        self.model = self.model_wrapped = model
        self.args, self.train_dataset, self.eval_dataset = args, train_dataset, eval_dataset
        self.optimizer, self.lr_scheduler, self.current_flos = None, None, 0.0
        self.state, self.control, self.accelerator = TrainerState(), TrainerControl(), Accelerator1()
        self.callback_handler = CallbackHandler([DefaultFlowCallback()] + list(callbacks or []), self)

    def add_callback(self, callback):
        self.callback_handler.callbacks.append(callback)

    def get_train_dataloader(self):
        loader = DataLoader(
            self.train_dataset,
            batch_size=self.args.per_device_train_batch_size,
            sampler=RandomSampler(self.train_dataset),
            num_workers=self.args.dataloader_num_workers,
        )
        return self.accelerator.prepare(loader)[0]

    def create_optimizer(self):
        if self.optimizer is None:
            self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=self.args.learning_rate)
        return self.optimizer

    def create_scheduler(self, num_training_steps):
        self.lr_scheduler = torch.optim.lr_scheduler.LambdaLR(self.optimizer, lambda step: max(0.0, 1 - step / num_training_steps))

    def train(self, resume_from_checkpoint=None):
        if resume_from_checkpoint is not None:
            self._load_from_checkpoint(resume_from_checkpoint)
        return self._inner_training_loop(args=self.args, resume_from_checkpoint=resume_from_checkpoint)

    def _load_from_checkpoint(self, resume_from_checkpoint, model=None):
        raise AssertionError("there are no weights in this folder")

    _load_optimizer_and_scheduler = _load_scaler = _load_rng_state = _load_from_checkpoint

    def training_step(self, model, inputs, num_items_in_batch=None):
        loss = self.compute_loss(model, inputs) / self.args.gradient_accumulation_steps
        self.tell("train", self.state.global_step, loss.item().hex())
        loss.backward()
        return loss.detach()

    def tell(self, *words):
        pass

    def compute_loss(self, model, inputs):
        if isinstance(inputs, dict):
            return model(**inputs)["loss"]
        return torch.nn.functional.mse_loss(model(inputs[0]), inputs[1])

    def mean_of_all(self, value):
        if self.args.world_size > 1:
            value = value.clone()
            torch.distributed.all_reduce(value)
        return value.item() / self.args.world_size

    def _evaluate(self, trial, ignore_keys_for_eval):
        self.model.eval()
        losses = []
        with torch.no_grad():
            for i, inputs in enumerate(DataLoader(self.eval_dataset, batch_size=8)):
                if not isinstance(inputs, dict):
                    inputs = inputs[0] + 0.01 * torch.randn(inputs[0].shape), inputs[1]
                losses.append(self.mean_of_all(self.compute_loss(self.model_wrapped, inputs)))
                self.tell("evaluate", self.state.global_step, i, losses[-1].hex())
                self.callback_handler.call("on_prediction_step")
        self.model.train()
        metrics = {"eval_loss": sum(losses) / len(losses)}
        self.callback_handler.call("on_evaluate", metrics=metrics)
        return metrics

    def _maybe_log_save_evaluate(self, tr_loss, grad_norm, model, trial, epoch, ignore_keys_for_eval, start_time, learning_rate=None):
        if self.control.should_log and self.state.global_step > self._globalstep_last_logged:
            scalar = self.mean_of_all(tr_loss)
            tr_loss -= tr_loss
            logs = {
                "loss": scalar / (self.state.global_step - self._globalstep_last_logged),
                "grad_norm": float(grad_norm),
                "learning_rate": learning_rate,
            }
            self._total_loss_scalar += scalar
            self._globalstep_last_logged = self.state.global_step
            self.state.log_history.append(logs)
            self.tell("log", self.state.global_step, json.dumps(logs).replace(" ", ""))
        if self.control.should_evaluate:
            metrics = self._evaluate(trial, ignore_keys_for_eval)
            self.state.best_metric = min(self.state.best_metric, metrics["eval_loss"])

    def _begin(self, loader, resume):
        self.model.train()
        self.lr_scheduler = None
        self.create_optimizer()
        steps = len(loader) // self.args.gradient_accumulation_steps + int(len(loader) % self.args.gradient_accumulation_steps > 0)
        self.create_scheduler(steps * self.args.num_train_epochs)
        self.state = TrainerState()
        self._prepared = self.accelerator.prepare(self.optimizer)[0]
        self.model_wrapped = self.accelerator.prepare(self.model)[0]
        self._load_optimizer_and_scheduler(resume) if resume is not None else None
        epochs_trained = trained = 0
        if resume is not None:
            self.state = TrainerState.load_from_json(os.path.join(resume, "trainer_state.json"))
            epochs_trained = self.state.global_step // steps
            trained = self.state.global_step % steps * self.args.gradient_accumulation_steps
        self.state.max_steps = steps * self.args.num_train_epochs
        self._total_loss_scalar, self._globalstep_last_logged = 0.0, self.state.global_step
        return steps, epochs_trained, trained

    def _update(self, model):
        grad_norm = torch.nn.utils.clip_grad_norm_(model.parameters(), self.args.max_grad_norm)
        self.optimizer.step()
        learning_rate = self.lr_scheduler.get_last_lr()[0]
        self.lr_scheduler.step()
        model.zero_grad()
        self.state.global_step += 1
        self.callback_handler.call("on_step_end")
        return grad_norm, learning_rate

    def _end(self):
        self.callback_handler.call("on_train_end")
        return self._total_loss_scalar

    @property
    def _stopped(self):
        return self.control.should_epoch_stop or self.control.should_training_stop


class Trainer4(BaseTrainer):
    def _inner_training_loop(self, batch_size=None, args=None, resume_from_checkpoint=None, trial=None, ignore_keys_for_eval=None):
        loader = self.get_train_dataloader()
        steps, epochs_trained, trained = self._begin(loader, resume_from_checkpoint)
        tr_loss, grad_norm, learning_rate, start_time = torch.tensor(0.0), None, None, time.time()
        self.callback_handler.call("on_train_begin")
        for epoch in range(epochs_trained, args.num_train_epochs):
            epoch_loader = loader
            epoch_loader.set_epoch(epoch)
            self.callback_handler.call("on_epoch_begin")
            if epoch == epochs_trained and resume_from_checkpoint is not None and trained == 0:
                self._load_rng_state(resume_from_checkpoint)
            to_sync, step = False, -1
            if trained > 0:
                epoch_loader, trained, to_sync = skip_first_batches(epoch_loader, trained), 0, True
            iterator = iter(epoch_loader)
            for _ in range(steps):
                batches = list(itertools.islice(iterator, args.gradient_accumulation_steps))
                for inputs in batches:
                    step += 1
                    if to_sync:
                        self._load_rng_state(resume_from_checkpoint)
                        to_sync = False
                    if step % args.gradient_accumulation_steps == 0:
                        self.callback_handler.call("on_step_begin")
                    tr_loss = tr_loss + self.training_step(self.model_wrapped, inputs)
                    self.current_flos += 1.0
                    if (step + 1) % args.gradient_accumulation_steps == 0 or step + 1 == len(loader):
                        grad_norm, learning_rate = self._update(self.model)
                        self._maybe_log_save_evaluate(
                            tr_loss, grad_norm, self.model, trial, epoch, ignore_keys_for_eval, start_time, learning_rate=learning_rate
                        )
                    if self._stopped:
                        break
                if self._stopped:
                    break
            self.callback_handler.call("on_epoch_end")
            self._maybe_log_save_evaluate(
                tr_loss, grad_norm, self.model, trial, epoch, ignore_keys_for_eval, start_time, learning_rate=learning_rate
            )
            if self.control.should_training_stop:
                break
        return self._end()


class Trainer5(BaseTrainer):
    def _inner_training_loop(self, batch_size=None, args=None, resume_from_checkpoint=None, trial=None, ignore_keys_for_eval=None):
        loader = self.get_train_dataloader()
        steps, epochs_trained, trained = self._begin(loader, resume_from_checkpoint)
        self._tr_loss = torch.tensor(0.0)
        self.callback_handler.call("on_train_begin")
        for epoch in range(epochs_trained, args.num_train_epochs):
            self.callback_handler.call("on_epoch_begin")
            self._run_epoch(
                self.model_wrapped,
                epoch,
                loader,
                len(loader),
                steps,
                trial,
                ignore_keys_for_eval,
                time.time(),
                resume_from_checkpoint,
                epochs_trained,
                trained,
            )
            if self.control.should_training_stop:
                break
        return self._end()

    def _run_epoch(
        self,
        model,
        epoch,
        train_dataloader,
        steps_in_epoch,
        num_update_steps_per_epoch,
        trial,
        ignore_keys_for_eval,
        start_time,
        resume_from_checkpoint,
        epochs_trained,
        steps_trained_in_current_epoch,
    ):
        step, first, grad_norm, learning_rate = -1, 0, None, None
        accumulated = self.args.gradient_accumulation_steps
        if epoch == epochs_trained and resume_from_checkpoint is not None:
            if steps_trained_in_current_epoch > 0:
                train_dataloader = skip_first_batches(train_dataloader, steps_trained_in_current_epoch)
                step, first = steps_trained_in_current_epoch - 1, steps_trained_in_current_epoch // accumulated
            else:
                self._load_rng_state(resume_from_checkpoint)
        train_dataloader.set_epoch(epoch)
        iterator = iter(train_dataloader)
        for _ in range(first, num_update_steps_per_epoch):
            for inputs in list(itertools.islice(iterator, accumulated)):
                step += 1
                if step % accumulated == 0:
                    self.callback_handler.call("on_step_begin")
                self._tr_loss += self.training_step(model, inputs)
                self.current_flos += 1.0
                if (step + 1) % accumulated == 0 or step + 1 == steps_in_epoch:
                    grad_norm, learning_rate = self._update(model)
                    self._maybe_log_save_evaluate(
                        self._tr_loss, grad_norm, model, trial, epoch, ignore_keys_for_eval, start_time, learning_rate=learning_rate
                    )
                if self._stopped:
                    break
            if self._stopped:
                break
        self.callback_handler.call("on_epoch_end")
        self._maybe_log_save_evaluate(
            self._tr_loss, grad_norm, model, trial, epoch, ignore_keys_for_eval, start_time, learning_rate=learning_rate
        )
