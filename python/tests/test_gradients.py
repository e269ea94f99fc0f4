"""Gradients that go from one step into the next."""

import os
import unittest

import cairn
from test_run import Case

try:
    import torch
except ImportError:
    torch = None


def usual(i, optimizer, backward):
    optimizer.zero_grad()
    backward()
    optimizer.step()


def zeroed_in_place(i, optimizer, backward):
    optimizer.zero_grad(set_to_none=False)
    backward()
    optimizer.step()


def summed_up(i, optimizer, backward):
    backward()
    if i % 4 == 3:
        optimizer.step()
        optimizer.zero_grad()


def summed_up_and_zeroed_at_the_beginning(i, optimizer, backward):
    if i % 3 == 0:
        optimizer.zero_grad(set_to_none=True)
    backward()
    if i % 3 == 2:
        optimizer.step()


def never_zeroed(i, optimizer, backward):
    backward()
    optimizer.step()


def zeroed_now_and_then(i, optimizer, backward):
    if i % 3 == 0:
        optimizer.zero_grad(set_to_none=False)
    backward()
    optimizer.step()


WAYS = [usual, zeroed_in_place, summed_up, summed_up_and_zeroed_at_the_beginning, never_zeroed, zeroed_now_and_then]
STEPS = 9


@unittest.skipIf(torch is None, "there is no PyTorch")
class Gradients(Case):
    def train(self, way, folder, stop_after=None, save=None, ranks=None, **options):
        """What the parameters, the optimizer and the losses have come to."""
        torch.manual_seed(3)
        model = torch.nn.ModuleList([torch.nn.Linear(4, 3), torch.nn.Linear(4, 3)])
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.1)
        with cairn.Run(os.path.join(self.folder, folder), save=save or cairn.never(), mode="synchronous", **options) as run:
            run.track(model=model, optimizer=optimizer)
            if ranks:
                for part in run._undecided:
                    part.may_differ = True
            for i in run.steps(STEPS):
                # The second layer has a gradient in the first steps alone: where that is a zero its weights decay, where there is none they do not.
                layers = model if i < 2 else model[:1]
                way(i, optimizer, lambda: sum(layer(torch.randn(5, 4)).square().mean() for layer in layers).backward())
                if i + 1 == stop_after:
                    run.request_stop("the test")
            run.finish(exit=False)
        found = cairn._state.flatten([model.state_dict(), optimizer.state_dict()])
        return [(leaf.name, leaf.keep.tolist()) for leaf in found.tensors]

    def saved(self, folder, step=None):
        with cairn.Checkpoint(os.path.join(self.folder, folder), step=step) as checkpoint:
            return [name for name in checkpoint.names("optimizer") if name.startswith("gradients/")]

    def test_wherever_a_run_is_cut_they_go_on(self):
        for way in WAYS:
            straight = self.train(way, way.__name__)
            for stop in (1, 2, 3, 5, 8):
                with self.subTest(way=way.__name__, stop=stop):
                    folder = "{} {}".format(way.__name__, stop)
                    self.train(way, folder, stop)
                    self.assertEqual(straight, self.train(way, folder))

    def test_also_where_every_step_was_saved_and_where_the_copy_is_taken_later(self):
        for way in WAYS:
            straight = self.train(way, way.__name__)
            for stop in (2, 7):
                with self.subTest(way=way.__name__, stop=stop):
                    folder = "{} {}".format(way.__name__, stop)
                    self.train(way, folder, stop, cairn.every(steps=1))
                    self.assertEqual(straight, self.train(way, folder, save=cairn.every(steps=1)))

    def test_what_no_step_goes_on_with_is_not_saved(self):
        for way in (usual, zeroed_in_place):
            self.train(way, way.__name__, save=cairn.every(steps=1))
            self.assertEqual([], self.saved(way.__name__))
            self.train(way, way.__name__ + " late", save=cairn.every(steps=7))
            self.assertEqual([], self.saved(way.__name__ + " late", step=7))
        self.train(summed_up, "sum", stop_after=6)
        self.assertEqual(["gradients/#{}".format(i) for i in (0, 1)], self.saved("sum")[:2])

    def test_a_program_that_begins_to_add_to_them_is_told_what_its_newest_checkpoint_lacks(self):
        def later(i, optimizer, backward):
            (usual if i < 6 else never_zeroed)(i, optimizer, backward)

        lines = self.told(lambda: self.train(later, "later", save=cairn.every(steps=1)))
        self.assertEqual(1, len(lines), lines)
        self.assertIn("the newest checkpoint has no gradients", lines[0])
        self.assertNotEqual([], self.saved("later"))

    def told(self, play):
        said, lines = cairn._job._say, []
        cairn._job._say = lines.append
        try:
            play()
        finally:
            cairn._job._say = said
        return lines

    def test_with_several_ranks_none_are_saved_and_where_nobody_knows_yet_that_is_told(self):
        lines = self.told(lambda: self.train(summed_up, "first step", stop_after=1, ranks=True))
        self.assertEqual([], self.saved("first step"))
        self.assertEqual(1, len(lines), lines)
        self.assertIn(
            "it is too early to know whether they are thrown away or are a sum over several steps of the run: they are not saved", lines[0]
        )
        # Else what a save has would hang on what each rank has found out by itself, a branch of the model that it alone takes, say.
        self.assertEqual([], self.told(lambda: self.train(usual, "usual", stop_after=1, ranks=True)))
        self.assertEqual([], self.saved("usual"))

    def test_a_sum_that_has_come_to_zero_so_far_is_one(self):
        gates = [torch.nn.Parameter(torch.zeros(1)) for _ in range(3)]
        weight = torch.nn.Parameter(torch.ones(20))
        optimizer = torch.optim.SGD([*gates, weight], lr=0.1)
        part = cairn._parts.part_of("optimizer", optimizer)
        for _ in range(2):
            part.gradients.watch().at_boundary()
            (gates[0] * gates[1] * gates[2] * weight.sum() + weight.square().sum()).backward()
        self.assertTrue(part.gradients.watch().are_summed_up())

    def test_a_sum_that_each_rank_may_have_for_itself_is_refused(self):
        with self.assertRaisesRegex(
            cairn.UntrackableError, "part 'optimizer': its gradients are a sum over several steps of the run, and each rank"
        ):
            self.train(summed_up, "ranks", save=cairn.every(steps=3), ranks=True)
        self.train(usual, "usual ranks", save=cairn.every(steps=3), ranks=True)

    def test_other_shapes_are_a_difference(self):
        def make(width):
            parameter = torch.nn.Parameter(torch.ones(width))
            parameter.sum().backward()
            return torch.optim.SGD([parameter], lr=0.1)

        part = cairn._parts.part_of("optimizer", make(3))
        part.gradients.describe()
        saved = {"gradients/#0": cairn._tables.SavedTensor("gradients/#0", cairn._arrays.FLOAT32, (3,))}
        self.assertEqual([], list(part.gradients.differences(saved)))
        other = cairn._parts.part_of("optimizer", make(2))
        self.assertEqual(["gradients/#0 is of a parameter of [2], in the checkpoint float32 [3]"], list(other.gradients.differences(saved)))

    def test_numbers_are_told_in_ranges(self):
        for numbers, text in (([], ""), ([0], "0-0"), ([0, 1, 2, 5, 7, 8], "0-2,5-5,7-8")):
            self.assertEqual(text, cairn._gradients._ranges(numbers))
            self.assertEqual(set(numbers), cairn._gradients._numbers(text))


if __name__ == "__main__":
    unittest.main()
