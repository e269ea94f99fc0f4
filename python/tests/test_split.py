"""State of which each rank has a share is refused when it is tracked, by its path, with what to do."""

import os
import subprocess
import sys
import unittest

from cairn.errors import UntrackableError

try:
    import torch

    from cairn._parts import part_of
except ImportError:
    torch = None

# In a process of its own: a process group stays. Each line says what part_of() answers.
REAL = """
import os, sys, tempfile
import torch, torch.distributed as dist
try:
    from torch.distributed.fsdp import FullyShardedDataParallel, fully_shard
    from torch.distributed.optim import ZeroRedundancyOptimizer
    from torch.distributed.tensor import distribute_module, init_device_mesh
except (ImportError, ValueError) as error:
    sys.exit(77)
from cairn._parts import part_of

dist.init_process_group("gloo", init_method="file://" + os.path.join(tempfile.mkdtemp(), "meet"), rank=0, world_size=1)
mesh = init_device_mesh("cpu", (1,))

def say(thing):
    try:
        part_of("it", thing).describe()
        print("taken")
    except Exception as error:
        print(str(error).split(", of which")[0])

flat = FullyShardedDataParallel(torch.nn.Linear(2, 2), device_id=torch.device("cpu"))
sharded = fully_shard(torch.nn.Linear(2, 2), mesh=mesh)
tensor_parallel = distribute_module(torch.nn.Linear(2, 2), mesh)
say(torch.nn.Sequential(flat))
say(torch.optim.SGD(flat.parameters(), lr=1))
say(sharded)
say(torch.optim.SGD(sharded.parameters(), lr=1))
say(tensor_parallel)
say(ZeroRedundancyOptimizer(torch.nn.Linear(2, 2).parameters(), torch.optim.Adam))
say(torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(2, 2)))
"""


OWN = """
import os, sys, tempfile
import torch, torch.distributed as dist
import cairn

folder = tempfile.mkdtemp()
dist.init_process_group("gloo", init_method="file://" + os.path.join(folder, "meet"), rank=0, world_size=1)

def model(layer, **options):
    return torch.nn.parallel.DistributedDataParallel(torch.nn.Sequential(torch.nn.Linear(2, 2), layer), **options)

run = cairn.Run(os.path.join(folder, "checkpoints"), rank=0, world_size=2, launch="now")
run.track(some=model(torch.nn.BatchNorm1d(2)))
run.track(more=model(torch.nn.BatchNorm1d(2, track_running_stats=False), broadcast_buffers=False))
run.track(rest=model(torch.nn.LayerNorm(2), broadcast_buffers=False))
class Own(torch.nn.BatchNorm1d):
    def state_dict(self):
        return super().state_dict()

own = model(torch.nn.BatchNorm1d(2), broadcast_buffers=False)
for thing in (own, torch.nn.parallel.DistributedDataParallel(Own(2), broadcast_buffers=False)):
    try:
        run.track(own=thing)
    except cairn.CairnError as error:
        print(error.exit_code, error)
run.close()
run = cairn.Run(os.path.join(folder, "checkpoints"), rank=0, world_size=2, launch="then", replicated_values=True)
run.track(own=own)
run.close()
"""


@unittest.skipIf(torch is None, "there is no PyTorch")
class Split(unittest.TestCase):
    def test_what_is_called_like_them_is_refused(self):
        # Stand-ins: this torch may have none of these, or cannot import them.
        class DTensor(torch.Tensor):
            pass

        class FullyShardedDataParallel(torch.nn.Module):
            pass

        class ZeroRedundancyOptimizer:
            def state_dict(self):
                raise AssertionError("it was asked for its state, which is a collective operation")

            load_state_dict = state_dict

        def refused(thing):
            with self.assertRaises(UntrackableError) as raised:
                part_of("it", thing).describe()
            self.assertEqual(78, raised.exception.exit_code)
            self.assertIn("torch.distributed.checkpoint", str(raised.exception))
            return str(raised.exception).split(", of which")[0]

        split = torch.nn.Linear(2, 2)
        split.register_buffer("share", torch.zeros(2).as_subclass(DTensor))
        self.assertRegex(refused(split), "^share is a .*DTensor$")
        self.assertRegex(
            refused(torch.nn.Sequential(FullyShardedDataParallel())), "^part 'it' is, or has in it, a .*FullyShardedDataParallel$"
        )
        self.assertRegex(refused(ZeroRedundancyOptimizer()), "^part 'it' is, or has in it, a .*ZeroRedundancyOptimizer$")

        class PostLocalSGDOptimizer(torch.optim.SGD):
            pass

        with self.assertRaisesRegex(
            UntrackableError, "'it' is a .*PostLocalSGDOptimizer: between two averagings each rank has parameters of its own"
        ):
            part_of("it", PostLocalSGDOptimizer([torch.zeros(1)], lr=1))
        partitioned = torch.nn.Linear(2, 2)
        partitioned.weight.ds_id = 1
        self.assertEqual(
            "part 'it' has a parameter that is partitioned by DeepSpeed", refused(torch.optim.SGD(partitioned.parameters(), lr=1))
        )

    def test_the_real_ones_are_refused(self):
        answer = subprocess.run(
            [sys.executable, "-c", REAL], env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300
        )
        if answer.returncode == 77:
            self.skipTest("this PyTorch cannot import FSDP and DTensor")
        self.assertEqual(0, answer.returncode, answer.stderr.decode())
        self.assertEqual(
            [
                "part 'it' is, or has in it, a FullyShardedDataParallel",
                "part 'it' has a parameter that is flattened by FullyShardedDataParallel",
                "weight is a DTensor",
                "part 'it' has a parameter that is a DTensor",
                "weight is a DTensor",
                "part 'it' is, or has in it, a ZeroRedundancyOptimizer",
                "taken",
            ],
            answer.stdout.decode().splitlines(),
        )

    def test_running_means_that_stay_each_ranks_own_are_refused(self):
        answer = subprocess.run(
            [sys.executable, "-c", OWN], env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300
        )
        self.assertEqual(0, answer.returncode, answer.stderr.decode())
        self.assertEqual(2, answer.stdout.count(b"78 part 'own': with broadcast_buffers=False each rank has a "), answer.stdout)
        self.assertRegex(
            answer.stdout.decode(),
            "^78 part 'own': with broadcast_buffers=False each rank has a 1.running_mean of its own, of which rank 0's alone",
        )


if __name__ == "__main__":
    unittest.main()
