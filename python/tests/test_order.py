"""The order that ranks share out among them: another number of them goes on behind the last sample."""

import random
import unittest

from cairn.errors import MisuseError, RankError

try:
    import torch
    from torch.utils.data import DataLoader
    from torch.utils.data.distributed import DistributedSampler

    from cairn._order import JobsOrder, LoadersOrder, order_of
except ImportError:
    torch = None


@unittest.skipIf(torch is None, "there is no PyTorch")
class Order(unittest.TestCase):
    def ranks(self, samples, size, batch_size=4, **more):
        """The orders of so many ranks, as they are made in their processes."""
        told = []

        def broadcast(content):
            told.append(content)
            return told[0]

        sampler = {"shuffle": True, "seed": 5}
        sampler.update(more.pop("sampler", {}))
        loaders = [
            DataLoader(range(samples), batch_size=batch_size, sampler=DistributedSampler(range(samples), size, rank, **sampler), **more)
            for rank in range(size)
        ]
        return loaders, [order_of(loader, rank, size, broadcast) for rank, loader in enumerate(loaders)]

    def go(self, orders, done, epochs, steps=None):
        """Does so many steps from a restored one on. What each rank was given in each of them: epoch, number, whether it is the last; places and samples."""
        totals = {order.begin(lambda: done, epochs, lambda: False) for order in orders}
        self.assertEqual(1, len(totals))
        end = totals.pop() if steps is None else min(done + steps, max(totals.pop(), done))
        seen, plans = [], None
        for step in range(done, end):
            if plans is None:
                plans = [order.plan(step) for order in orders]
            places = {order.at(step) for order in orders}
            self.assertEqual(1, len(places))
            place = places.pop()
            seen.append((place, [plan.pop(0) for plan in plans]))
            for order in orders:
                order.served(step)
            if place[2]:
                self.assertEqual([[]] * len(plans), plans)
                plans = None
        return seen, end

    def hand_on(self, before, after):
        values = {name: value for name, value, _ in before[0].describe().values}
        for order in before:
            self.assertEqual(values, {name: value for name, value, _ in order.describe().values})
        for order in after:
            self.assertEqual([], list(order.differences({}, values)))
            order.restore({}, values, lambda leaves: None)

    def test_as_many_ranks_get_what_the_sampler_gives(self):
        for samples, size, more in (
            (96, 2, {}),
            (103, 4, {}),
            (103, 4, {"drop_last": True}),
            (103, 4, {"sampler": {"drop_last": True}}),
            (103, 4, {"sampler": {"shuffle": False}}),
            (7, 3, {"batch_size": None}),
            (3, 4, {}),
        ):
            with self.subTest(samples=samples, size=size, more=more):
                loaders, orders = self.ranks(samples, size, **more)
                self.assertIsInstance(orders[0], JobsOrder)
                seen, _ = self.go(orders, 0, 2)
                for epoch in range(2):
                    for rank, loader in enumerate(loaders):
                        loader.sampler.set_epoch(epoch)
                        mine = [batches[rank] for place, batches in seen if place[0] == epoch]
                        given = [[sample for _, sample in batch] if isinstance(batch, list) else batch[1] for batch in mine]
                        self.assertEqual(list(loader.batch_sampler or loader.sampler), given)

    def test_each_sample_once_whatever_the_number_of_ranks(self):
        chance = random.Random(1)
        for case in range(300):
            samples, epochs, batch = chance.randrange(1, 200), chance.randrange(1, 4), chance.randrange(1, 9)
            before, done, seen = None, 0, []
            for part in range(4):
                size = chance.randrange(1, 7)
                _, orders = self.ranks(samples, size, batch)
                if before is not None:
                    self.hand_on(before, orders)
                now, done = self.go(orders, done, epochs, None if part == 3 else chance.randrange(0, 20))
                seen += [(place, size, batches) for place, batches in now]
                before = orders
            with self.subTest(case=case, samples=samples):
                for epoch in range(epochs):
                    mine = [(size, batches) for (e, _, _), size, batches in seen if e == epoch]
                    taken = [one for _, batches in mine for batch_of_one in batches for one in batch_of_one]
                    # The samples that fill up the epoch's last step alone are there once more.
                    self.assertEqual(list(range(samples)), sorted(place for place, _ in taken if place < samples))
                    self.assertEqual(list(range(samples)), sorted(sample for place, sample in taken if place < samples))
                    self.assertLess(len(taken) - samples, mine[-1][0])
                    for size, batches in mine:
                        self.assertEqual(1, len({len(one) for one in batches}))
                self.assertEqual(epochs, sum(place[2] for place, _, _ in seen))

    def test_what_is_left_out_at_an_epochs_end(self):
        # 100 samples, 32 a step: three steps, and four are left out. Behind two of these steps eight ranks have less than a step of theirs left.
        _, four = self.ranks(100, 4, batch_size=8, drop_last=True)
        seen, done = self.go(four, 0, 2, steps=2)
        _, eight = self.ranks(100, 8, batch_size=8, drop_last=True)
        self.hand_on(four, eight)
        rest, done = self.go(eight, done, 2)
        self.assertEqual([(0, 2, True), (1, 0, True)], [place for place, _ in rest])
        self.assertEqual([1] * 8, [len(batch) for batch in rest[0][1]])

    def test_a_finished_run_stays_finished_with_other_ranks(self):
        _, two = self.ranks(40, 2)
        self.go(two, 0, 3, steps=7)  # and then it said that this was the last one
        _, three = self.ranks(40, 3)
        self.hand_on(two, three)
        self.assertEqual(7, three[0].begin(lambda: 7, 3, lambda: True))
        self.hand_on(two, three)
        self.assertGreater(three[0].begin(lambda: 7, 4, lambda: True), 7)

    def test_ranks_with_different_loaders_are_told_apart(self):
        first = self.ranks(40, 2)[0]
        told = []

        def broadcast(content):
            told.append(content)
            return told[0]

        order_of(first[0], 0, 2, broadcast)
        other = DataLoader(range(40), batch_size=5, sampler=DistributedSampler(range(40), 2, 1, seed=5))
        with self.assertRaisesRegex(MisuseError, "the loader's batch_size is 5 on rank 1 and 4 on rank 0"):
            order_of(other, 1, 2, broadcast)
        with self.assertRaisesRegex(RankError, "do not act together"):
            order_of(first[1], 1, 2, lambda content: content)

    def test_samplers_that_are_not_the_jobs_stay_each_ranks_own(self):
        class Own(DistributedSampler):
            def __iter__(self):
                return iter([0, 2])

        for sampler in (Own(range(4), 2, 0), DistributedSampler(range(4), 4, 0), torch.utils.data.SequentialSampler(range(4))):
            self.assertIsInstance(order_of(DataLoader(range(4), sampler=sampler), 0, 2, lambda content: content), LoadersOrder)

    def test_another_number_of_samples_is_no_place(self):
        _, one = self.ranks(40, 2)
        _, other = self.ranks(41, 2)
        values = {name: value for name, value, _ in one[0].describe().values}
        self.assertEqual(
            ["an epoch has 41 samples, in the checkpoint 40: a place in it would mean another one"], list(other[0].differences({}, values))
        )


if __name__ == "__main__":
    unittest.main()
