"""Stands for Transformers 4."""

from _transformers import EarlyStoppingCallback, Trainer4 as Trainer, TrainerCallback, TrainingArguments  # noqa: F401
