"""DataLoaders that go on from any place to the bit."""

import os
import random
import unittest

import cairn
from test_run import Case

try:
    import numpy
    import torch
    from torch.utils.data import DataLoader, Dataset
except ImportError:
    torch, Dataset = None, object


class Numbers(Dataset):
    """Each sample is its number, and three random ones: an augmentation."""

    def __init__(self, count=22):
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return index, random.random(), float(numpy.random.rand()), float(torch.rand(()))


def collate_with_noise(samples):
    return torch.tensor(samples, dtype=torch.float64) + torch.rand(())


@unittest.skipIf(torch is None, "there is no PyTorch")
class Data(Case):
    def go(self, loader, epochs=3, stops=(), folder=None):
        """What a run saw, a line a step, and what the program's own generators gave meanwhile; stopped and begun anew at these steps."""
        seen, folder = [], os.path.join(self.folder, folder or str(random.SystemRandom().random()))
        for stop in [*stops, None]:
            random.seed(1), numpy.random.seed(2), torch.manual_seed(3)
            with cairn.Run(folder, save=cairn.never(), mode="synchronous") as run:
                for batch in run.batches(loader(), epochs):
                    content = [torch.as_tensor(one).tolist() for one in batch]
                    seen.append((batch.epoch, batch.index, batch.ends_epoch, content, random.random(), numpy.random.rand(), torch.rand(()).item()))
                    if len(seen) == stop:
                        run.request_stop("the test")
                run.finish(exit=False)
        return seen

    def test_cut_anywhere_with_any_number_of_workers_the_data_is_the_same(self):
        loader = lambda workers=0, **more: lambda: DataLoader(Numbers(), batch_size=4, shuffle=True, num_workers=workers, **more)
        straight = self.go(loader())
        self.assertEqual([(0, 0, False), (0, 5, True), (2, 5, True)], [straight[i][:3] for i in (0, 5, 17)])
        for epoch in range(3):
            numbers = [number for line in straight[6 * epoch:6 * epoch + 6] for number in line[3][0]]
            self.assertEqual(list(range(22)), sorted(numbers))
        self.assertNotEqual(straight[0][3][0], straight[6][3][0])  # another order in each epoch, and another augmentation
        self.assertEqual(22 * 3, len({number for line in straight for number in line[3][1]}))
        self.assertEqual(straight, self.go(loader(), stops=(1, 6, 8, 17)))
        self.assertEqual(straight, self.go(loader(2), stops=(3, 13)))
        self.assertEqual(straight, self.go(loader(1, persistent_workers=True, prefetch_factor=3), stops=(8,)))

    def test_without_shuffle_with_other_samplers_and_collates(self):
        for name, make in {
                "in order": lambda: DataLoader(Numbers(), batch_size=5, drop_last=True),
                "one by one": lambda: DataLoader(Numbers(7), batch_size=None, shuffle=True),
                "weighted": lambda: DataLoader(Numbers(9), batch_size=2, sampler=torch.utils.data.WeightedRandomSampler([1.0] * 9, 9)),
                "subset": lambda: DataLoader(Numbers(9), batch_size=2, sampler=torch.utils.data.SubsetRandomSampler([1, 3, 5, 7])),
                "generator": lambda: DataLoader(Numbers(9), batch_size=2, shuffle=True, generator=torch.Generator().manual_seed(9)),
                "batch sampler": lambda: DataLoader(Numbers(6), batch_sampler=[[0, 1], [5], [2, 3, 4]]),
                "collate": lambda: DataLoader(Numbers(9), batch_size=2, shuffle=True, collate_fn=collate_with_noise)}.items():
            with self.subTest(loader=name):
                straight = self.go(make)
                self.assertEqual(straight, self.go(make, stops=(2, len(straight) - 1)))
        self.assertEqual(straight, self.go(lambda: DataLoader(Numbers(9), batch_size=2, shuffle=True, collate_fn=collate_with_noise, num_workers=1)))

    def test_a_run_without_a_seed_keeps_its_first_one(self):
        def go(stop):
            seen = []
            torch.seed()
            with cairn.Run(self.folder, mode="synchronous") as run:
                for batch in run.batches(DataLoader(Numbers(40), batch_size=4, shuffle=True), epochs=1):
                    seen += batch[0].tolist()
                    if batch.index == stop:
                        run.request_stop("the test")
                run.finish(exit=False)
            return seen

        self.assertEqual(list(range(40)), sorted(go(3) + go(None)))

    def test_what_cannot_go_on_is_refused_at_the_start(self):
        class Stream(torch.utils.data.IterableDataset):
            def __iter__(self):
                return iter(range(3))

        class Another:
            def __iter__(self):
                numbers = list(range(9))
                random.SystemRandom().shuffle(numbers)
                return iter(numbers)

            def __len__(self):
                return 9

        for loader, kind, words in (
                (DataLoader(Stream()), cairn.UntrackableError, "IterableDataset"), ([1, 2], cairn.MisuseError, "this is a list"),
                (DataLoader(Numbers(9), sampler=Another()), cairn.UntrackableError, "gives another order each time")):
            with self.subTest(words=words):
                with cairn.Run(self.folder + words.split()[0]) as run:
                    with self.assertRaises(kind) as refused:
                        for _ in run.batches(loader, epochs=2):
                            pass
                self.assertIn(words, str(refused.exception))

    def test_another_number_of_batches_is_a_difference(self):
        self.go(lambda: DataLoader(Numbers(), batch_size=4), epochs=1, stops=(), folder="one")
        with self.assertRaises(cairn.MismatchError) as refused:
            self.go(lambda: DataLoader(Numbers(), batch_size=5), epochs=2, folder="one")
        self.assertIn("an epoch has 5 batches, in the checkpoint 6", str(refused.exception))


if __name__ == "__main__":
    unittest.main()
