"""A training with Transformers' Trainer."""

import random

import torch

from common import Points, digest, network


def train(folder, attempt, scenario):
    import cairn
    from transformers import EarlyStoppingCallback, Trainer, TrainingArguments

    random.seed(1)
    torch.manual_seed(7)
    model = network()
    trainer = Trainer(
        model=model,
        args=TrainingArguments(**scenario.get("arguments", {})),
        train_dataset=Points(scenario.get("samples", 76)),
        eval_dataset=Points(24),
        callbacks=[EarlyStoppingCallback(early_stopping_patience=2)],
    )
    trainer.tell = attempt.tell
    save = cairn.every(steps=scenario["every"]) if "every" in scenario else cairn.never()
    result = cairn.transformers.train(trainer, folder, save=save, mode=scenario.get("mode", "synchronous"))
    attempt.tell(
        "end", digest(model.state_dict(), trainer.optimizer.state_dict(), trainer.lr_scheduler.state_dict(), trainer.state.log_history)
    )
    attempt.tell("random", torch.rand(()).item().hex())
    attempt.tell("result", float(result).hex(), trainer.current_flos, trainer.state.best_metric)
