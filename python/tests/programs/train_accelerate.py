"""A loop of one's own with accelerate, as docs/python-transformers.md has it."""

import random

import torch
from torch.utils.data import DataLoader

from common import Points, digest, network


def train(folder, attempt, scenario):
    import cairn
    from accelerate import Accelerator

    random.seed(1)
    torch.manual_seed(7)
    accelerator = Accelerator(gradient_accumulation_steps=scenario.get("accumulate", 1), **scenario.get("accelerator", {}))
    model = network()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=60)
    loader = DataLoader(Points(scenario.get("samples", 76)), batch_size=8, shuffle=True, num_workers=scenario.get("workers", 0))
    model, optimizer, loader, scheduler = accelerator.prepare(model, optimizer, loader, scheduler)
    average = torch.optim.swa_utils.AveragedModel(accelerator.unwrap_model(model))
    accelerator.register_for_checkpointing(average)
    run = cairn.accelerate.Run(
        accelerator,
        folder,
        save=cairn.every(steps=scenario["every"]) if "every" in scenario else cairn.never(),
        mode=scenario.get("mode", "synchronous"),
    )
    for batch in run.batches(loader, epochs=2):
        inputs, targets = batch
        with accelerator.accumulate(model):
            loss = torch.nn.functional.mse_loss(model(inputs), targets)
            attempt.tell("train", batch.epoch, batch.index, loss.item().hex())
            accelerator.backward(loss)
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
        if batch.ends_epoch:
            average.update_parameters(accelerator.unwrap_model(model))
    run.finish()
    attempt.tell(
        "end", digest(accelerator.unwrap_model(model).state_dict(), optimizer.state_dict(), scheduler.state_dict(), average.state_dict())
    )
    attempt.tell("random", torch.rand(()).item().hex())
