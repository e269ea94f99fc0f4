"""Trees of arrays (LIBCAIRN): of NumPy's for real, of JAX's by a stand-in (standins/jax says what that is worth)."""

import collections
import os
import sys
import unittest

import cairn
from test_run import Case

try:
    import numpy
except ImportError:
    numpy = None

Layer = collections.namedtuple("Layer", "weight bias")


@unittest.skipIf(numpy is None, "no NumPy")
class NumPyTrees(Case):
    def make(self):
        return cairn.Tree(
            layers=[Layer(numpy.zeros((2, 3), numpy.float32), numpy.zeros(3)), Layer(numpy.zeros((3, 1), numpy.float16), None)],
            counts={"seen": 0, "rate/s": 0.5, 3: (numpy.uint32(7), numpy.zeros((0, 4), numpy.int8))},
        )

    def train(self, steps, stop_after=None):
        train = self.make()
        with cairn.Run(self.folder, mode="synchronous", save=cairn.every(steps=1)) as run:
            run.track(train=train)
            for step in run.steps(steps):
                first, second = train.layers
                train.layers = [Layer(first.weight + step, first.bias - step), Layer(second.weight * 2 + 1, None)]
                train.counts = dict(train.counts, seen=train.counts["seen"] + 1)
                if step + 1 == stop_after:
                    run.request_stop("the test")
            return train, run.finish(exit=False)

    def test_what_was_assigned_goes_on(self):
        straight, _ = self.train(6)
        self.folder += "-cut"
        self.train(6, stop_after=2)
        cut, outcome = self.train(6)
        self.assertEqual(cairn.OutcomeKind.FINISHED, outcome.kind)
        self.assertEqual(repr((straight.layers, straight.counts)), repr((cut.layers, cut.counts)))
        self.assertIs(Layer, type(cut.layers[0]))
        self.assertEqual(6, cut.counts["seen"])
        with cairn.Checkpoint(self.folder) as checkpoint:
            self.assertEqual(6, checkpoint.read("train", "counts/seen"))
            self.assertEqual(straight.layers[0].weight.tolist(), checkpoint.read("train", "layers/[0]/weight").tolist())

    def test_another_form_is_listed_and_nothing_is_assigned(self):
        self.train(1)
        train = self.make()
        train.layers = [Layer(numpy.zeros((2, 4), numpy.float32), None)]
        layers = train.layers
        with self.assertRaisesRegex(
            cairn.MismatchError, r"(?s)layers/\[0\]/weight!numpy is float32 \[2, 4\], in the checkpoint float32 \[2, 3\].*layers/\[1\]"
        ):
            cairn.load(self.folder, train=train)
        self.assertIs(layers, train.layers)

    def test_what_has_no_form_is_refused_by_its_path(self):
        with cairn.Run(self.folder) as run:
            with self.assertRaisesRegex(
                cairn.UntrackableError, r"part 'train': params/a is a builtins.set: a tree holds arrays and numbers"
            ):
                run.track(train=cairn.Tree(params={"a": {1}}))
            run.track_value("step", lambda: 0, lambda value: None)

    def test_a_name_that_is_not_there(self):
        with self.assertRaisesRegex(AttributeError, "no 'parms'; it has params"):
            cairn.Tree(params={}).parms


@unittest.skipIf(numpy is None, "no NumPy")
class TreesOfAStandInForJAX(Case):
    def setUp(self):
        super().setUp()
        sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "standins"))
        import jax

        self.jax = jax
        self.addCleanup(self.forget)

    def forget(self):
        del sys.path[0]
        for name in [name for name in sys.modules if name == "jax" or name.startswith("jax.")]:
            del sys.modules[name]

    def test_arrays_keep_kind_type_place_and_keys(self):
        jax = self.jax

        def make(number):
            return cairn.Tree(
                params={
                    "w": jax.numpy.asarray([number, 2], jax.numpy.float32),
                    "n": jax.device_put(numpy.asarray(number, numpy.uint32), "device 1"),
                },
                state=(Layer(numpy.zeros(2), None), number),
                key=jax.random.key(number),
            )

        with cairn.Run(self.folder, mode="synchronous") as run:
            run.track(train=make(5))
            for _ in run.steps(1):
                pass
            run.finish(exit=False)
        train = make(0)
        before = train.params
        cairn.load(self.folder, train=train)
        self.assertIsNot(before, train.params)
        self.assertTrue(all(isinstance(one, jax.Array) for one in (train.params["w"], train.params["n"], train.key)))
        self.assertIs(numpy.ndarray, type(train.state[0].weight))
        self.assertEqual(
            ([5, 2], 5, numpy.uint32, "device 1", 5),
            (
                numpy.asarray(train.params["w"]).tolist(),
                int(numpy.asarray(train.params["n"])),
                train.params["n"].dtype,
                train.params["n"].sharding,
                train.state[1],
            ),
        )
        self.assertEqual([0, 5], numpy.asarray(jax.random.key_data(train.key)).tolist())
        with self.assertRaisesRegex(TypeError, "cannot be converted"):
            numpy.asarray(train.key)
        some = make(0)
        cairn.load(self.folder, train=some, saved_name=lambda name: name if "w!" in name else None, strict=False)
        self.assertEqual(([5, 2], 0), (numpy.asarray(some.params["w"]).tolist(), some.state[1]))

    def test_what_would_come_back_as_another_is_refused(self):
        weak, far = self.jax.numpy.zeros(1), self.jax.numpy.zeros(1)
        weak.weak_type, far.is_fully_addressable = True, False
        with cairn.Run(self.folder) as run:
            with self.assertRaisesRegex(cairn.UntrackableError, "part 'one': a is weakly typed"):
                run.track(one=cairn.Tree(a=weak))
            with self.assertRaisesRegex(cairn.UntrackableError, "part 'two': a is split over several processes"):
                run.track(two=cairn.Tree(a=far))
            run.track_value("step", lambda: 0, lambda value: None)


if __name__ == "__main__":
    unittest.main()
