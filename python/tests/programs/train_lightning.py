"""A training with Lightning."""

import os
import random

import torch
from torch.utils.data import DataLoader

from common import Points, digest, network


class Sum(torch.nn.Module):
    """As torchmetrics has them."""

    def __init__(self, size):
        super().__init__()
        self._defaults, self._update_count = {"total": torch.zeros(size)}, 0
        self.reset()

    def reset(self):
        self.total, self._update_count = self._defaults["total"].clone(), 0

    def update(self, value):
        self.total, self._update_count = self.total + value, self._update_count + 1

    def compute(self):
        return self.total[0] / self._update_count


def train(folder, attempt, scenario):
    import cairn
    import cairn.lightning

    lightning = cairn.lightning._lightning

    class Model(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = network()
            self.losses = Sum(scenario.get("metric_size", 1))

        def loss(self, batch):
            return torch.nn.functional.mse_loss(self.net(batch[0]), batch[1])

        def training_step(self, batch, index):
            loss = self.loss(batch)
            self.losses.update(loss.detach())
            self.log("train_loss", loss, **synced)
            attempt.tell("train", trainer.current_epoch, index, loss.item().hex())
            return loss

        def validation_step(self, batch, index):
            loss = self.loss((batch[0] + 0.01 * torch.randn(batch[0].shape), batch[1]))
            self.log("val_loss", loss, **synced)
            if not trainer.sanity_checking:
                attempt.tell("validate", trainer.current_epoch, trainer.global_step, index, loss.item().hex())

        def configure_optimizers(self):
            optimizer = torch.optim.AdamW(self.parameters(), lr=1e-2)
            scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, factor=0.7)
            return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "monitor": scenario.get("monitor", "train_loss")}}

    random.seed(1)
    torch.manual_seed(7)
    callbacks = [
        cairn.lightning.CairnCallback(
            folder,
            save=cairn.every(steps=scenario["every"]) if "every" in scenario else cairn.never(),
            mode=scenario.get("mode", "synchronous"),
        )
    ]
    callbacks.append(lightning.EarlyStopping("val_loss", patience=3))

    class Tell(lightning.Callback):
        def on_train_epoch_end(self, trainer, pl_module):
            if "metric_size" not in scenario:
                attempt.tell("sum", trainer.current_epoch, pl_module.losses.compute().item().hex())
            pl_module.losses.reset()

    if scenario.get("average"):
        callbacks.append(lightning.WeightAveraging())
    trainer = lightning.Trainer(max_epochs=2, callbacks=callbacks + [Tell()], **scenario.get("trainer", {}))
    synced = {"sync_dist": True} if trainer.world_size > 1 else {}
    if scenario.get("logger"):
        trainer.loggers.append(lightning.TensorBoardLogger(os.path.join(folder + "-logs")))
    workers = scenario.get("workers", 0)
    trainer.fit(
        Model(),
        DataLoader(Points(76), batch_size=8, shuffle=True, num_workers=workers, persistent_workers=workers > 0),
        DataLoader(Points(24), batch_size=8),
    )
    states = [
        trainer.lightning_module.state_dict(),
        trainer.optimizers[0].state_dict(),
        trainer.lr_scheduler_configs[0].scheduler.state_dict(),
    ]
    states += [callbacks[2].average.state_dict()] if scenario.get("average") else []
    attempt.tell("end", digest(*states))
    attempt.tell("random", torch.rand(()).item().hex())
