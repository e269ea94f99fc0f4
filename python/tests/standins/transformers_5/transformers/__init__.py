"""Stands for Transformers 5."""

from _transformers import EarlyStoppingCallback, Trainer5 as Trainer, TrainerCallback, TrainingArguments  # noqa: F401
