"""Hugging Face's Trainer (Transformers 4 and 5): one line, and its training can be stopped at any time and goes on to the bit.

    trainer = Trainer(model=model, args=args, train_dataset=data, eval_dataset=held_out)
    cairn.transformers.train(trainer, "checkpoints", save=cairn.every(minutes=10))      # instead of trainer.train()

A step of the run is one of the Trainer's (a step of the optimizer) or a whole evaluation. Between two of them lies the step boundary.
"""

import contextlib
import dataclasses
import inspect
import json
import os
import sys
import tempfile
import time
from typing import Any, Dict, Optional, Union

from transformers import TrainerCallback

from . import _guest
from . import _library as native
from ._seeds import Aside
from ._loaders import Settled
from .errors import MisuseError, UntrackableError
from .schedules import Policies, Schedules, every

# An evaluation that took longer than this is left at a stop, and done again from its beginning; a shorter one comes to its end first.
_LONG_EVALUATION = 30.0
_STATE = "trainer_state.json"
_FLAGS = ("should_training_stop", "should_epoch_stop", "should_save", "should_evaluate", "should_log")


def train(trainer: Any, folder: Optional[Union[str, "os.PathLike[str]"]] = None, **options: Any) -> Any:
    """trainer.train(), saved and restored by a run. The options are those of cairn.Run; what trainer.train() gives is given back."""
    return CairnCallback(folder, **options).train(trainer)


class CairnCallback(TrainerCallback):
    """The same in two steps: Trainer(..., callbacks=[callback]), and callback.train(trainer)."""

    def __init__(
        self,
        folder: Optional[Union[str, "os.PathLike[str]"]] = None,
        *,
        save: Optional[Schedules] = None,
        keep: Optional[Policies] = None,
        mode: str = "asynchronous",
        **options: Any,
    ) -> None:
        self._guest = _guest.Guest(folder, every(minutes=10) if save is None else save, keep, mode, options)
        _guest.LoggerIds(folder).wandb()
        self._trainer: Any = None

    def train(self, trainer: Any, **more: Any) -> Any:
        """Trains, from the newest checkpoint on where there is one."""
        if self not in trainer.callback_handler.callbacks:
            trainer.add_callback(self)
        self._refuse(trainer)
        self._trainer = trainer
        self._steps = self._evaluations = 0
        self._pending: Any = None
        self._left: Optional[int] = None
        self._longest: Optional[float] = None
        self._loss, self._carried, self._flos, self._logged = 0.0, 0.0, 0.0, 0
        self._random: Optional[Aside] = None
        self._restored: Dict[str, Any] = {}
        run = self._guest.open()
        # What training makes when it begins has to be there to be restored: the optimizer, and the order of the data.
        if trainer.optimizer is None:
            trainer.create_optimizer()
        optimizer = _inner(trainer.optimizer)
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])  # as the scheduler does, which is made when training begins
        loader = trainer.get_train_dataloader()
        self._settled = Settled(loader, self._where, trainer.args.process_index)
        self._accumulated = trainer.args.gradient_accumulation_steps
        self._updates, rest = divmod(self._settled.batches, self._accumulated)
        if rest and not hasattr(trainer, "_run_epoch"):
            raise UntrackableError(
                "an epoch has {} batches, of which {} go into a step: behind a restart this Trainer (before Transformers 5) miscounts the rest. Choose a "
                "gradient_accumulation_steps that divides them, or dataloader_drop_last with a data set that it divides".format(
                    self._settled.batches, self._accumulated
                ),
                78,
            )
        self._updates += bool(rest)
        run._track("model", self._model_part(trainer))
        run.track(optimizer=optimizer)
        if getattr(trainer.accelerator, "scaler", None) is not None:
            run.track(scaler=trainer.accelerator.scaler)
        run._track("batches", self._settled.part)
        run._track("trainer", _guest.LatePart(self, self.state, self.put_state))
        own = _guest.LatePart(self, self.own_state, self.put_own_state)
        own.ranks = native.OWN if trainer.args.world_size > 1 else native.SAME
        run._track("since_log", own)
        resume = None
        with contextlib.ExitStack() as stack:
            self._is_restored = run.restore() > 0
            if self._is_restored:
                self._random = Aside()
                self._random.__enter__()
                self._groups = [dict(group) for group in optimizer.param_groups]
                resume = stack.enter_context(tempfile.TemporaryDirectory())
                with open(os.path.join(resume, _STATE), "w", encoding="utf-8") as file:
                    file.write(self._restored["state"])
                self._steps = json.loads(self._restored["state"])["global_step"] + self._evaluations
            self._replace(stack, trainer, "get_train_dataloader", lambda *_: loader)
            self._replace(stack, trainer, "training_step", self._training_step(trainer.training_step))
            self._replace(stack, trainer, "_maybe_log_save_evaluate", self._log_save_evaluate(trainer._maybe_log_save_evaluate))
            # The state is in place by then.
            for name in ("_load_from_checkpoint", "_load_rng_state", "_load_scaler"):
                if hasattr(trainer, name):
                    self._replace(stack, trainer, name, lambda *_, **__: None)
            self._replace(stack, trainer, "_load_optimizer_and_scheduler", self._load_scheduler)
            # The loader begins where it was.
            module = sys.modules[inspect.unwrap(type(trainer)._inner_training_loop).__module__]
            if hasattr(module, "skip_first_batches"):
                self._replace(stack, module, "skip_first_batches", lambda loader, count=0: loader)
            result = trainer.train(resume_from_checkpoint=resume, **more)
        outcome = self._guest.finish()
        if not outcome.is_finished:
            _guest.say("the training ended behind step {} without being finished: {}".format(self._steps, outcome))
        return result

    # ---- the Trainer calls ----

    def on_train_begin(self, args: Any, state: Any, control: Any, **ignored: Any) -> None:
        trainer = self._trainer
        if trainer is None:
            raise MisuseError(
                "cairn.transformers.CairnCallback: call callback.train(trainer) instead of trainer.train(), or cairn.transformers.train(trainer)",
                78,
            )
        if not self._restored:
            return
        for name, content in self._restored["attributes"].items():
            setattr(trainer, name, content)
        trainer.current_flos = self._flos
        self._logged = trainer._globalstep_last_logged
        if hasattr(trainer, "_tr_loss"):
            trainer._tr_loss += self._loss
        pending = self._pending
        if pending is not None:
            self._put_random()
            for name in _FLAGS:
                setattr(control, name, pending["flags"][name])
            self._go_on_with(trainer, pending["arguments"])
        elif self._restored["should stop"]:
            control.should_training_stop = True

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **ignored: Any) -> None:
        restored, self._is_restored = self._is_restored, False
        if state.global_step % self._updates and not restored:
            raise UntrackableError(
                "an epoch was ended by should_epoch_stop, and the Trainer takes a place in the data from the number of steps: end the training",
                78,
            )

    def on_step_begin(self, args: Any, state: Any, control: Any, **ignored: Any) -> None:
        self._put_random()
        self._boundary(state.global_step)

    def on_prediction_step(self, args: Any, state: Any, control: Any, **ignored: Any) -> None:
        # The state from before this evaluation is saved already, and nothing of the model has changed since.
        if self._trainer is not None and self._left is not None and self._any(self._guest.run.stop_requested):
            _guest.say("stopped in the evaluation behind step {}: it is done again from its beginning".format(self._left))
            self._guest.leave()

    def on_train_end(self, args: Any, state: Any, control: Any, **ignored: Any) -> None:
        self._boundary(state.global_step, last=True)

    # ---- the loop, as wrapped ----

    def _log_save_evaluate(self, original: Any) -> Any:
        def log_save_evaluate(*arguments: Any, **more: Any) -> Any:
            trainer = self._trainer
            control = trainer.control
            if not control.should_evaluate:
                return original(*arguments, **more)
            if self._pending is None:
                bound = inspect.signature(original).bind(*arguments, **more).arguments
                self._pending = {
                    "flags": {name: bool(getattr(control, name)) for name in _FLAGS},
                    "arguments": {
                        name: _plain(value) for name, value in bound.items() if name not in ("tr_loss", "model", "start_time", "trial")
                    },
                    "names": list(bound),
                }
                is_long = self._any(self._longest is None or self._longest > _LONG_EVALUATION)
                if is_long:
                    self._guest.run.save_at_boundary()
                self._boundary(trainer.state.global_step)
                self._left = self._steps if is_long else None
            else:
                self._left = self._steps  # this is where it was restored
            begun = time.monotonic()
            original(*arguments, **more)
            self._longest = max(self._longest or 0.0, time.monotonic() - begun)
            self._pending, self._left = None, None
            self._evaluations += 1

        return log_save_evaluate

    def _go_on_with(self, trainer: Any, arguments: Any) -> None:
        import torch

        more = dict(arguments)
        for name, value in (
            ("tr_loss", torch.tensor(self._loss, dtype=torch.float32, device=trainer.args.device)),
            ("model", trainer.model_wrapped),
            ("start_time", time.time()),
            ("trial", None),
        ):
            if name in self._pending["names"]:
                more[name] = getattr(trainer, "_tr_loss", value) if name == "tr_loss" else value
        _guest.say("goes on with the evaluation behind step {}".format(trainer.state.global_step))
        trainer._maybe_log_save_evaluate(**more)
        self._forget_logged_loss()

    # Before Transformers 5 what was lost since the last line of the log is a variable of the loop.
    def _training_step(self, original: Any) -> Any:
        def training_step(*arguments: Any, **more: Any) -> Any:
            loss = original(*arguments, **more)
            self._forget_logged_loss()
            if not hasattr(self._trainer, "_tr_loss"):
                carried, self._carried = self._carried, 0.0
                loss = loss + carried if carried else loss
                self._loss = _add(0.0 if carried else self._loss, loss)
            return loss

        return training_step

    def _forget_logged_loss(self) -> None:
        last = getattr(self._trainer, "_globalstep_last_logged", 0)
        if last != self._logged:
            self._logged, self._loss, self._carried = last, 0.0, 0.0

    def _boundary(self, global_step: Any, last: bool = False) -> None:
        steps = global_step + self._evaluations
        if steps > self._steps:
            self._steps = steps
            self._guest.boundary(steps, last)

    def _put_random(self) -> None:
        random, self._random = self._random, None
        if random is not None:
            random.__exit__(None, None, None)

    def _where(self) -> Any:
        epoch, updates = divmod(self._trainer.state.global_step, self._updates)
        return epoch, updates * self._accumulated

    def _any(self, flag: Any) -> Any:
        if self._trainer.args.world_size == 1:
            return bool(flag)
        import torch

        shared = torch.tensor(int(bool(flag)), device=self._trainer.args.device)
        torch.distributed.all_reduce(shared, torch.distributed.ReduceOp.MAX)
        return bool(shared.item())

    # ---- the state ----

    def state(self) -> Any:
        trainer = self._trainer
        return {
            "state": json.dumps(
                {
                    field.name: getattr(trainer.state, field.name)
                    for field in dataclasses.fields(trainer.state)
                    if field.name != "stateful_callbacks"
                }
            ).encode(),
            "scheduler": trainer.lr_scheduler.state_dict() if trainer.lr_scheduler is not None else {},
            "attributes": {
                name: getattr(trainer, name) for name in ("_total_loss_scalar", "_globalstep_last_logged") if hasattr(trainer, name)
            },
            "callbacks": {
                type(one).__name__: _callback_state(one)
                for one in trainer.callback_handler.callbacks
                if one is not self and _callback_state(one)
            },
            "evaluations": self._evaluations,
            "should stop": bool(trainer.control.should_training_stop),
            "evaluation to do": self._pending or {},
        }

    def put_state(self, state: Any) -> None:
        trainer = self._trainer
        self._restored = dict(state, state=state["state"].decode())
        self._evaluations, self._pending = state["evaluations"], state["evaluation to do"] or None
        for one in trainer.callback_handler.callbacks:
            saved = state["callbacks"].get(type(one).__name__)
            if saved is not None and callable(getattr(one, "load_state_dict", None)):
                one.load_state_dict(saved)
            elif saved is not None:
                for name, content in saved.items():
                    setattr(one, name, content)

    def own_state(self) -> Any:
        """What each process sums up by itself until a line of the log is written."""
        trainer = self._trainer
        self._forget_logged_loss()
        return {"loss": float(trainer._tr_loss) if hasattr(trainer, "_tr_loss") else self._loss, "current_flos": trainer.current_flos}

    def put_own_state(self, state: Any) -> None:
        self._loss = self._carried = state["loss"]
        self._flos = state["current_flos"]

    def _load_scheduler(self, *ignored: Any) -> None:
        if self._restored:
            self._trainer.lr_scheduler.load_state_dict(self._restored["scheduler"])
            for group, restored in zip(_inner(self._trainer.optimizer).param_groups, self._groups):
                group.update(restored)  # a new scheduler has set its first rate

    @staticmethod
    def _replace(stack: Any, thing: Any, name: str, function: Any) -> None:
        missing = object()
        before = vars(thing).get(name, missing)
        setattr(thing, name, function)
        stack.callback(lambda: delattr(thing, name) if before is missing else setattr(thing, name, before))

    # DistributedDataParallel is put around it when training begins.
    @staticmethod
    def _model_part(trainer: Any) -> Any:
        from ._parts import part_of, running_means

        part = part_of("model", trainer.model)
        if getattr(trainer.args, "ddp_broadcast_buffers", None) is False:
            part.own_buffers = running_means(trainer.model)
        return part

    @staticmethod
    def _refuse(trainer: Any) -> None:
        for flag, words in (
            (getattr(trainer, "is_fsdp_enabled", False), "FSDP"),
            (getattr(trainer, "is_deepspeed_enabled", False), "DeepSpeed"),
        ):
            if flag:
                raise UntrackableError(
                    "the Trainer uses {}, and a checkpoint holds a state that each process has all of: save by the Trainer's own checkpoints, and stop by "
                    "cairn.stop_requested(step=...), as docs/python-ranks.md says".format(words),
                    78,
                )
        if getattr(trainer, "model_init", None) is not None:
            raise UntrackableError(
                "the Trainer makes its model by model_init when training begins, and there is nothing to restore before: give it a model",
                78,
            )
        if getattr(trainer.args, "auto_find_batch_size", False):
            raise UntrackableError(
                "auto_find_batch_size begins anew with other batches, so a place in the data means nothing: choose a batch size", 78
            )


def _inner(optimizer: Any) -> Any:
    return getattr(optimizer, "optimizer", optimizer)


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _add(sum: Any, loss: Any) -> Any:
    import torch

    return (torch.tensor(sum, dtype=loss.dtype, device=loss.device) + loss.detach()).item()


def _callback_state(callback: Any) -> Any:
    if callable(getattr(callback, "state_dict", None)) and callable(getattr(callback, "load_state_dict", None)):
        return callback.state_dict()
    if callable(getattr(callback, "state", None)) and callable(getattr(type(callback), "from_state", None)):
        return callback.state().get("attributes", {})
    return {}
