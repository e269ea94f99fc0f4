"""Stands for pytorch_lightning 1.9."""

from _lightning import Callback, EarlyStopping, LightningModule, TensorBoardLogger, Trainer1 as Trainer, WeightAveraging  # noqa: F401

__version__ = "1.9.5"
