"""DataLoaders that go on from any place to the bit."""

import copy
import os
import pickle
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


class Several(Numbers):
    """Takes several samples at once."""

    def __getitem__(self, indices):
        return torch.as_tensor(indices), torch.rand(len(indices))


class Draws(Numbers):
    """Has generators of its own, one of them deep inside."""

    def __init__(self):
        super().__init__(9)
        self.python, self.numpy, self.legacy = random.Random(1), numpy.random.default_rng(2), numpy.random.RandomState(3)
        self.transforms = [{"noise": torch.Generator().manual_seed(4)}]

    @property
    def torch(self):
        return self.transforms[0]["noise"]

    def __getitem__(self, index):
        drawn = self.python.random() + self.numpy.random() + self.legacy.rand() + torch.rand((), generator=self.torch, dtype=torch.float64)
        return index, float(drawn), random.random()


class Leaves(Draws):
    """Cannot be pickled as it is, and leaves its generator out."""

    def __getstate__(self):
        return dict(self.__dict__, transforms=None)


def make_anew(number):
    torch.utils.data.get_worker_info().dataset.transforms = [{"noise": torch.Generator().manual_seed(number)}]


class TellsOfWorker(Numbers):
    def __init__(self):
        super().__init__(4)
        self.content = 6

    def __getitem__(self, index):
        return torch.utils.data.get_worker_info().dataset.content, 0


def count_three_more(number):
    torch.utils.data.get_worker_info().dataset.content += 3


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
                    seen.append(
                        (batch.epoch, batch.index, batch.ends_epoch, content, random.random(), numpy.random.rand(), torch.rand(()).item())
                    )
                    if len(seen) == stop:
                        run.request_stop("the test")
                run.finish(exit=False)
        return seen

    def test_cut_anywhere_with_any_number_of_workers_the_data_is_the_same(self):
        def loader(workers=0, **more):
            return lambda: DataLoader(Numbers(), batch_size=4, shuffle=True, num_workers=workers, **more)

        straight = self.go(loader())
        self.assertEqual([(0, 0, False), (0, 5, True), (2, 5, True)], [straight[i][:3] for i in (0, 5, 17)])
        for epoch in range(3):
            numbers = [number for line in straight[6 * epoch : 6 * epoch + 6] for number in line[3][0]]
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
            "collate": lambda: DataLoader(Numbers(9), batch_size=2, shuffle=True, collate_fn=collate_with_noise),
        }.items():
            with self.subTest(loader=name):
                straight = self.go(make)
                self.assertEqual(straight, self.go(make, stops=(2, len(straight) - 1)))
        self.assertEqual(
            straight, self.go(lambda: DataLoader(Numbers(9), batch_size=2, shuffle=True, collate_fn=collate_with_noise, num_workers=1))
        )

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

    def test_data_that_tells_its_own_place_goes_on_with_the_steps(self):
        class Stream(torch.utils.data.IterableDataset):
            """As torchdata's loaders do it."""

            def __init__(self):
                self.drawn, self.generator = 0, random.Random(5)

            def __iter__(self):
                while True:
                    self.drawn += 1
                    yield self.drawn, self.generator.random()

            def state_dict(self):
                return {"drawn": self.drawn, "generator": self.generator.getstate()}

            def load_state_dict(self, state):
                self.drawn = state["drawn"]
                self.generator.setstate(state["generator"])

        def go(folder, *stops):
            seen = []
            for stop in [*stops, None]:
                stream = Stream()
                with cairn.Run(os.path.join(self.folder, folder), save=cairn.never()) as run:
                    run.track(data=stream)
                    run.restore()
                    numbers = iter(stream)
                    for _ in run.steps(9):
                        seen.append(next(numbers))
                        if len(seen) == stop:
                            run.request_stop("the test")
                    run.finish(exit=False)
            return seen

        straight = go("straight")
        self.assertEqual(list(range(1, 10)), [number for number, _ in straight])
        self.assertEqual(straight, go("cut", 1, 4, 8))

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
            (DataLoader(Stream()), cairn.UntrackableError, "IterableDataset"),
            ([1, 2], cairn.MisuseError, "this is a list"),
            (DataLoader(Numbers(9), sampler=Another()), cairn.UntrackableError, "gives another order each time"),
        ):
            with self.subTest(words=words):
                with cairn.Run(self.folder + words.split()[0]) as run:
                    with self.assertRaises(kind) as refused:
                        for _ in run.batches(loader, epochs=2):
                            pass
                self.assertIn(words, str(refused.exception))

    def test_a_loader_that_goes_its_own_way_is_refused_and_none_is_waited_for_that_has_no_end(self):
        class Doubles(DataLoader):
            def __iter__(self):
                return (2 * batch for batch in super().__iter__())

        class Endless(torch.utils.data.Sampler):
            def __init__(self):
                pass

            def __len__(self):
                return 9

            def __iter__(self):
                while True:
                    yield 3

        class Raises(Numbers):
            def __getitem__(self, index):
                raise StopIteration

        class Renamed(DataLoader):
            """As most subclasses are: they make their own collate_fn."""

        for loader, kind, words in (
            (Doubles(Numbers(9)), cairn.UntrackableError, "Doubles is a DataLoader with __iter__ of its own"),
            (
                DataLoader(Numbers(9), sampler=Endless(), batch_size=3),
                cairn.UntrackableError,
                "the loader has more batches in epoch 0, and says it has 3",
            ),
            (DataLoader(Raises(9), batch_size=3), RuntimeError, "the loader ended before its epoch did"),
        ):
            with self.subTest(words=words):
                with self.assertRaisesRegex(kind, words), cairn.Run(self.folder + words.split()[-1]) as run:
                    for _ in run.batches(loader, epochs=2):
                        pass
        self.assertEqual(9, len(self.go(lambda: Renamed(Numbers(9), batch_size=3))))

    def test_whatever_a_sampler_calls_a_sample_the_dataset_gets(self):
        numbers, torchs = numpy.arange(12).reshape(4, 3), torch.arange(12).reshape(4, 3)
        for name, make, batch in (
            ("arrays of a batch sampler", lambda: DataLoader(Numbers(12), batch_sampler=list(numbers)), [3, 4, 5]),
            ("tensors of a batch sampler", lambda: DataLoader(Numbers(12), batch_sampler=list(torchs)), [3, 4, 5]),
            ("a tensor of a sampler", lambda: DataLoader(Numbers(12), batch_size=3, sampler=torch.arange(12)), [3, 4, 5]),
            ("lists without batches", lambda: DataLoader(Several(), batch_size=None, sampler=numbers.tolist()), [3, 4, 5]),
            ("arrays without batches", lambda: DataLoader(Several(), batch_size=None, sampler=list(numbers)), [3, 4, 5]),
        ):
            for workers in (0, 1):
                with self.subTest(name=name, workers=workers):
                    straight = self.go(make, epochs=1)
                    self.assertEqual(batch, straight[1][3][0])
                    self.assertEqual(straight, self.go(make, epochs=1, stops=(1, 3)))

    def test_generators_that_a_dataset_has_are_those_of_the_sample_too(self):
        def loader(workers):
            return lambda: DataLoader(torch.utils.data.Subset(Draws(), range(9)), batch_size=2, shuffle=True, num_workers=workers)

        straight = self.go(loader(0))
        self.assertEqual(27, len({number for line in straight for number in line[3][1]}))
        for workers in (0, 2):
            self.assertEqual(straight, self.go(loader(workers), stops=(3, 7)))

        def spawned():
            return DataLoader(
                Leaves(), batch_size=2, shuffle=True, num_workers=1, worker_init_fn=make_anew, multiprocessing_context="spawn"
            )

        def forked():
            return DataLoader(Leaves(), batch_size=2, shuffle=True, num_workers=2, worker_init_fn=make_anew)

        straight = self.go(forked, epochs=1)
        self.assertEqual(straight, self.go(forked, epochs=1, stops=(1, 3)))
        self.assertEqual(straight, self.go(spawned, epochs=1))

        class Proxy:
            @property
            def __dict__(self):
                raise RuntimeError("nothing is there")

        data = Draws()
        data.proxy, data.itself, data.numbers = Proxy(), data, list(range(1000))
        self.assertEqual(4, len(cairn._seeds.Generators(data)()))

        # In the program's own process they may be in use elsewhere.
        data = Draws()
        expected = [Draws().python.random(), Draws().numpy.random(), Draws().legacy.rand(), torch.rand(1, generator=Draws().torch)]
        self.go(lambda: DataLoader(data, batch_size=3), epochs=1)
        self.assertEqual(expected, [data.python.random(), data.numpy.random(), data.legacy.rand(), torch.rand(1, generator=data.torch)])

    def test_a_worker_sees_the_programs_own_dataset(self):
        seen = self.go(lambda: DataLoader(TellsOfWorker(), batch_size=2, num_workers=1, worker_init_fn=count_three_more), epochs=1)
        self.assertEqual([[9, 9], [9, 9]], [line[3][0] for line in seen])

    def test_a_batch_is_its_data_and_tells_of_its_place(self):
        batch = cairn.Batch({"inputs": 1, "targets": 2}, 3, 4, True)
        self.assertEqual(({"inputs": 1, "targets": 2}, 1, ["inputs", "targets"]), (dict(**batch), batch["inputs"], list(batch.keys())))
        self.assertEqual((3, 4, True), (batch.epoch, batch.index, batch.ends_epoch))
        self.assertTrue(cairn.Batch([], 0, 0, False))
        self.assertEqual(torch.float64, cairn.Batch(torch.ones(2), 0, 0, False).to(torch.float64).dtype)
        with self.assertRaisesRegex(AttributeError, "nothing"):
            batch.nothing
        self.assertEqual(batch.data, copy.deepcopy(batch).data)
        self.assertEqual(batch.data, pickle.loads(pickle.dumps(batch)).data)

    def test_another_order_is_told(self):
        def go(folder, **more):
            with cairn.Run(os.path.join(self.folder, folder), save=cairn.never(), strict=True) as run:
                for _ in run.batches(DataLoader(Numbers(9), **more), epochs=2):
                    run.request_stop("the test")
                run.finish(exit=False)

        for name, before, now in (
            ("shuffle", dict(batch_size=3, shuffle=True), dict(batch_size=3)),
            ("batch_size", dict(batch_size=8), dict(batch_size=5)),
            ("weights", *(dict(sampler=torch.utils.data.WeightedRandomSampler(weights, 9)) for weights in ([1.0] * 9, [1.0] * 8 + [9.0]))),
        ):
            with self.subTest(name=name):
                go(name, **before)
                with self.assertRaisesRegex(cairn.ConditionError, "loader: .* in the checkpoint, "):
                    go(name, **now)
                go(name, **before)

    def test_another_number_of_batches_is_a_difference(self):
        self.go(lambda: DataLoader(Numbers(), batch_size=4), epochs=1, stops=(), folder="one")
        with self.assertRaises(cairn.MismatchError) as refused:
            self.go(lambda: DataLoader(Numbers(), batch_size=5), epochs=2, folder="one")
        self.assertIn("an epoch has 5 batches, in the checkpoint 6", str(refused.exception))


if __name__ == "__main__":
    unittest.main()
