"""Stands for accelerate: what a loop of one's own calls, in one process or in several over gloo. Loaders look one batch ahead to know which is the last."""

import contextlib
import enum
import os

import torch
from torch.utils.data import BatchSampler, DataLoader, RandomSampler


class DistributedType(str, enum.Enum):
    NO = "NO"
    MULTI_CPU = "MULTI_CPU"
    FSDP = "FSDP"


class GradientState:
    def __init__(self, num_steps):
        self.num_steps, self.sync_gradients, self.active = num_steps, True, None

    @property
    def end_of_dataloader(self):
        return self.active is not None and self.active.end_of_dataloader


class SeedableRandomSampler(RandomSampler):
    def __init__(self, data_source):
        super().__init__(data_source, generator=torch.Generator())
        self.initial_seed, self.epoch = torch.random.initial_seed(), 0

    def __iter__(self):
        self.generator.manual_seed(self.epoch + self.initial_seed)
        yield from super().__iter__()
        self.epoch += 1

    def set_epoch(self, epoch):
        self.epoch = epoch


class BatchSamplerShard(BatchSampler):
    """Every process's own batches of the order that all have. Here all have as many."""

    def __init__(self, batch_sampler, num_processes, process_index):
        self.batch_sampler, self.num_processes, self.process_index = batch_sampler, num_processes, process_index
        self.batch_size, self.drop_last = batch_sampler.batch_size, batch_sampler.drop_last
        if len(batch_sampler) % num_processes != 0:
            raise AssertionError("the stand-in does not even batches out")

    def __len__(self):
        return len(self.batch_sampler) // self.num_processes

    def __iter__(self):
        for number, batch in enumerate(self.batch_sampler):
            if number % self.num_processes == self.process_index:
                yield batch


def broadcast_object_list(object_list, from_process=0):
    torch.distributed.broadcast_object_list(object_list, from_process)
    return object_list


class _OneAhead:
    end_of_dataloader = False

    def _go(self, iterator):
        self.end_of_dataloader, self.gradient_state.active = False, self
        current = next(iterator)
        while True:
            try:
                following = next(iterator)
            except StopIteration:
                break
            yield current
            current = following
        self.end_of_dataloader = True
        yield current
        self.gradient_state.active = None


def _kept(loader):
    return {"num_workers": loader.num_workers, "collate_fn": loader.collate_fn}


class Shard0(_OneAhead, DataLoader):
    """0.20: a DataLoader itself."""

    def __init__(self, loader, gradient_state, shard):
        super().__init__(loader.dataset, batch_sampler=shard(loader.batch_sampler), **_kept(loader))
        self.gradient_state = gradient_state

    def __iter__(self):
        return self._go(DataLoader.__iter__(self))


class Shard1(_OneAhead):
    """1.9: around a DataLoader, whose sampler has become one with an epoch."""

    def __init__(self, loader, gradient_state, shard):
        self.sampler_of_all = SeedableRandomSampler(loader.dataset)
        batches = BatchSampler(self.sampler_of_all, loader.batch_size, loader.drop_last)
        self.base_dataloader = DataLoader(loader.dataset, batch_sampler=shard(batches), **_kept(loader))
        self.gradient_state, self.iteration = gradient_state, 0

    def __getattr__(self, name):
        if name == "base_dataloader":
            raise AttributeError(name)
        return getattr(self.base_dataloader, name)

    def __len__(self):
        return len(self.base_dataloader)

    def set_epoch(self, epoch):
        self.sampler_of_all.set_epoch(epoch)

    def __iter__(self):
        self.set_epoch(self.iteration)
        yield from self._go(self.base_dataloader.__iter__())
        self.iteration += 1


Shard0.__name__ = Shard1.__name__ = "DataLoaderShard"


class AcceleratedOptimizer(torch.optim.Optimizer):
    def __init__(self, optimizer, gradient_state):
        self.optimizer, self.gradient_state = optimizer, gradient_state

    param_groups = property(lambda self: self.optimizer.param_groups)
    state = property(lambda self: self.optimizer.state)

    def state_dict(self):
        return self.optimizer.state_dict()

    def step(self, closure=None):
        if self.gradient_state.sync_gradients:
            self.optimizer.step(closure)

    def zero_grad(self, set_to_none=None):
        if self.gradient_state.sync_gradients:
            self.optimizer.zero_grad()


class AcceleratedScheduler:
    def __init__(self, scheduler, gradient_state):
        self.scheduler, self.gradient_state = scheduler, gradient_state

    def state_dict(self):
        return self.scheduler.state_dict()

    def step(self):
        if self.gradient_state.sync_gradients:
            self.scheduler.step()
        else:
            self.scheduler._step_count += 1


class Accelerator:
    SHARD = Shard0
    num_processes, process_index, scaler = 1, 0, None

    def __init__(self, gradient_accumulation_steps=1, distributed_type=DistributedType.NO):
        if int(os.environ.get("WORLD_SIZE", 1)) > 1:
            torch.distributed.init_process_group("gloo")
            self.num_processes, self.process_index = torch.distributed.get_world_size(), torch.distributed.get_rank()
            distributed_type = DistributedType.MULTI_CPU
        self.gradient_state, self.step, self.distributed_type = GradientState(gradient_accumulation_steps), 0, distributed_type
        self._models, self._optimizers, self._schedulers, self._custom_objects = [], [], [], []

    @property
    def sync_gradients(self):
        return self.gradient_state.sync_gradients

    def prepare(self, *things):
        return tuple(self._prepare(one) for one in things)

    def _prepare(self, thing):
        if isinstance(thing, torch.nn.Module):
            thing = torch.nn.parallel.DistributedDataParallel(thing) if self.num_processes > 1 else thing
            self._models.append(thing)
        elif isinstance(thing, torch.optim.Optimizer):
            thing = AcceleratedOptimizer(thing, self.gradient_state)
            self._optimizers.append(thing)
        elif isinstance(thing, DataLoader):
            thing = self.SHARD(thing, self.gradient_state, self._shard)
        else:
            thing = AcceleratedScheduler(thing, self.gradient_state)
            self._schedulers.append(thing)
        return thing

    def _shard(self, batch_sampler):
        several = self.num_processes > 1
        return BatchSamplerShard(batch_sampler, self.num_processes, self.process_index) if several else batch_sampler

    @contextlib.contextmanager
    def accumulate(self, *models):
        if self.gradient_state.end_of_dataloader:
            self.step, self.gradient_state.sync_gradients = 0, True
        else:
            self.step += 1
            self.gradient_state.sync_gradients = self.step % self.gradient_state.num_steps == 0
        with contextlib.ExitStack() as stack:
            for model in models if self.num_processes > 1 and not self.sync_gradients else ():
                stack.enter_context(model.no_sync())
            yield

    def backward(self, loss):
        (loss / self.gradient_state.num_steps).backward()

    def unwrap_model(self, model):
        return model.module if isinstance(model, torch.nn.parallel.DistributedDataParallel) else model

    def register_for_checkpointing(self, *objects):
        self._custom_objects.extend(objects)


class Accelerator1(Accelerator):
    SHARD = Shard1
