"""States as leaves and back."""

import collections
import math
import random
import unittest
import weakref

from cairn import UntrackableError, _conditions, _library as native, _parts, _state

try:
    import numpy
    import torch
except ImportError:
    torch = None


def there_and_back(state):
    flat = _state.flatten(state)
    leaves = {leaf.name: leaf for leaf in flat.tensors}
    return _state.rebuild(_state.read_order(_state.order_text(flat)), leaves, flat.values, flat.functions)


class PlainValues(unittest.TestCase):
    def test_every_plain_state_comes_back_as_it_was(self):
        for state in (
            {},
            [],
            (),
            {"a": {}},
            {"a": [], "b": (), "c": [[], {}]},
            {"a": None, "b": True, "c": 0, "d": -0.0, "e": "text", "f": b"bytes\0more"},
            {1: "one", -2: "two", "1": "text one"},
            {"": 1},
            {"a/b": 1, "a\\/b": 2, "a!same": 3, "[0]": 4, "#1": 5, "(0)": 6, "\\": 7, "\\e": 8},
            {"a": (1, 2, [3, {"b": (4,)}])},
            [1, 2, 3],
            {"big": 1 << 100, "small": -(1 << 63)},
            {"c": 1 + 2j},
            {"a": [1.5, math.inf, -math.inf]},
            {"state": {0: {"step": 1, "x": [2]}}, "groups": [{"betas": (0.9, 0.999), "params": [0, 1]}]},
            {"u": 'ä\n"\\/€😀'},
        ):
            with self.subTest(state=state):
                back = there_and_back(state)
                self.assertEqual(repr(state), repr(back))
        self.assertTrue(math.isnan(there_and_back({"a": math.nan})["a"]))

    def test_the_order_of_keys_stays(self):
        state = {"z": 1, "a": {"y": 2, "b": 3}, "m": 4}
        self.assertEqual(repr(state), repr(there_and_back(state)))

    def test_what_has_no_form_is_refused_by_its_path(self):
        point = collections.namedtuple("point", "x")
        for state, path in (
            ({"a": [1, {"b": object()}]}, "a/[1]/b"),
            ({"a": {2}}, "a is a builtins.set"),
            ({"a": {1.5: 2}}, "a has the key 1.5"),
            ({"a": point(1)}, "a is a"),
            ({"a": "\ud800"}, "a is a text"),
            ({"a": "b\0"}, "a is a text"),
            ({"a\nb": 1}, "the key 'a\\nb'"),
            ({"a": {True: 1}}, "a has the key True"),
        ):
            with self.subTest(state=state):
                with self.assertRaises(UntrackableError) as refused:
                    _state.flatten(state)
                self.assertIn(path, str(refused.exception))
                self.assertEqual(78, refused.exception.exit_code)

    def test_an_ordered_dictionary_comes_back_as_one_and_no_other_kind_where_a_program_goes_on_with_it(self):
        ordered = collections.OrderedDict
        state = {"a": ordered(z=1, b=ordered()), "c": [ordered(), {}], "d": ordered([(1, ordered(x=2))])}
        self.assertEqual(repr(state), repr(there_and_back(state)))
        for kind in (collections.Counter, collections.defaultdict):
            self.assertEqual({"a": {"b": {}}}, there_and_back({"a": {"b": kind()}}))  # load_state_dict() makes of it what it likes
            with self.assertRaisesRegex(
                UntrackableError, "a/b is a collections.{}, and would come back as a plain dict".format(kind.__name__)
            ):
                _state.flatten({"a": {"b": kind()}}, in_place=True)
            _state.flatten(kind(), in_place=True)  # which is itself put back in place
        state = {"a": {"b": collections.Counter()}}
        for part in (state, [state]):
            with self.assertRaises(UntrackableError):
                _parts.part_of("state", part).describe()

    def test_a_state_that_has_itself_in_it_is_refused(self):
        state = {"a": []}
        state["a"].append(state)
        with self.assertRaisesRegex(UntrackableError, "it has itself in it, or is nested too deeply"):
            _state.flatten(state)

    def test_a_function_is_the_programs_own(self):
        def own():
            pass

        flat = _state.flatten({"f": own})
        self.assertTrue(flat.values["f!function"].endswith("own"))
        self.assertIs(own, there_and_back({"f": own})["f"])
        weak = weakref.WeakMethod(self.setUp)
        self.assertIs(weak, there_and_back({"f": weak})["f"])


@unittest.skipIf(torch is None, "there is no PyTorch")
class Tensors(unittest.TestCase):
    def test_tensors_arrays_and_their_like_come_back(self):
        state = {
            "t": torch.arange(6).reshape(2, 3),
            "turned": torch.arange(6).reshape(2, 3).t(),
            "none": torch.empty(0),
            "one": torch.tensor(1.5),
            "half": torch.tensor([1.5], dtype=torch.bfloat16),
            "flag": torch.tensor([True]),
            "complex": torch.tensor([1 + 2j]).conj(),
            "array": numpy.arange(3.0)[::-1],
            "number": numpy.float32(1.1),
            "wide": numpy.float64(1.1),
            "zero": numpy.array(7),
            "type": torch.float16,
            "device": torch.device("cpu"),
        }
        back = there_and_back(state)
        self.assertEqual(list(state), list(back))
        for key, value in state.items():
            self.assertIs(type(value), type(back[key]), key)
            if isinstance(value, torch.Tensor):
                self.assertEqual(value.dtype, back[key].dtype)
                self.assertTrue(torch.equal(value, back[key]), key)
            elif isinstance(value, numpy.ndarray):
                numpy.testing.assert_array_equal(value, back[key])
            else:
                self.assertEqual(value, back[key])

    def test_one_tensor_under_two_names_is_there_once(self):
        shared = torch.ones(3)
        flat = _state.flatten({"a": shared, "b": [shared], "c": shared[:2]})
        self.assertEqual(["a", "c"], [leaf.name for leaf in flat.tensors])
        self.assertEqual({"b/[0]!same": "a"}, flat.values)
        back = there_and_back({"a": shared, "b": [shared]})
        self.assertIs(back["a"], back["b"][0])

    def test_what_a_checkpoint_has_no_type_for_is_refused_by_its_path(self):
        for state, path in (
            ({"a": torch.eye(2).to_sparse()}, "a is a tensor that is sparse"),
            ({"a": [numpy.array(["x"])]}, "a/[0] is an array of"),
            ({"a": numpy.array([1], dtype=">i4")}, "a is an array"),
        ):
            with self.subTest(path=path):
                with self.assertRaises(UntrackableError) as refused:
                    _state.flatten(state)
                self.assertIn(path, str(refused.exception))

    def test_what_is_remembered_changes_no_answer(self):
        memo = _state.Memo()
        shared = torch.arange(6.0)
        state = {"a": shared, "b": [shared, shared[:2]], 1: {"x": 1}, "gone": torch.zeros(1)}

        def told():
            flat, fresh = _state.flatten(state, memo), _state.flatten(state)
            for one in (flat, fresh):
                self.assertEqual(one.order, _state.read_order(_state.order_text(one)))
            tell = [
                [(leaf.name, leaf.dtype, leaf.shape, leaf.keep is leaf.source and leaf.address, leaf.keep.tolist()) for leaf in one.tensors]
                for one in (flat, fresh)
            ]
            self.assertEqual(tell[1], tell[0])
            self.assertEqual((fresh.order, fresh.values), (flat.order, flat.values))
            return flat.tensors

        first = told()
        self.assertIs(first[0], told()[0])  # that it is remembered at all
        shared.add_(1)
        told()
        shared.data = torch.ones(3, dtype=torch.float64)  # the same object, with other memory
        told()
        shared.data = shared.data.view(torch.int64)  # at the same address
        told()
        shared.data = shared.data[:2]
        told()
        shared.data = torch.ones(3, 2).t()
        told()
        state["a"] = torch.ones(6)
        del state["gone"]
        state["b"].insert(0, 3)
        told()
        del state[1]
        state[True] = 2  # which is the key 1 to a dictionary
        with self.assertRaisesRegex(UntrackableError, "has the key True, a bool"):
            _state.flatten(state, memo)


@unittest.skipIf(torch is None, "there is no PyTorch")
class Ranks(unittest.TestCase):
    """What several ranks may have another of."""

    def test_what_no_optimizer_changes_on_all_of_them_alike_is_the_first_ranks(self):
        class Average:  # of one's own, with the means of a BatchNorm in it
            def __init__(self, model):
                self.shadow = {name: one.clone() for name, one in model.state_dict().items()}

            def state_dict(self):
                return self.shadow

            def load_state_dict(self, state):
                self.shadow = state

        class Own(torch.nn.Sequential):
            def state_dict(self):
                return {str(i): one for i, layer in enumerate(self) for one in layer.state_dict().values()}

        def first_ranks(thing):
            flags = {leaf.name: leaf.flags for leaf in _parts.part_of("it", thing).describe().tensors}
            return [name for name, flag in flags.items() if flag & native.OF_FIRST_RANK], len(flags)

        model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
        self.assertEqual((["1.running_mean", "1.running_var", "1.num_batches_tracked"], 7), first_ranks(model))
        for thing in (Average(model), Own(torch.nn.BatchNorm1d(2)), torch.ones(3), numpy.ones(3)):
            names, count = first_ranks(thing)
            self.assertEqual(count, len(names), thing)
        optimizer = torch.optim.Adam(model.parameters())
        model(torch.ones(2, 2)).sum().backward()
        optimizer.step()
        self.assertEqual(0, len(first_ranks(optimizer)[0]))

    def test_generators_are_refused(self):
        for thing in (torch.Generator(), numpy.random.default_rng(), random.Random()):
            self.assertEqual(native.MAY_DIFFER, _parts.part_of("it", thing).ranks, thing)


class Conditions(unittest.TestCase):
    def test_a_processor_is_its_maker_and_its_width(self):
        for flags, width in (("fpu avx2 avx512f avx512bw avx512dq avx512vl", "AVX512"), ("avx2 avx512f", "AVX2"), ("sse4_2", "SSE")):
            text = "processor\t: 0\nvendor_id\t: AuthenticAMD\nflags\t\t: {}\n\nprocessor\t: 1\n".format(flags)
            self.assertEqual("AuthenticAMD " + width, _conditions._of_cpuinfo(text))
        self.assertEqual("", _conditions._of_cpuinfo("Features\t: fp asimd"))
        self.assertRegex(_conditions.cpu(), ".")

    @unittest.skipIf(torch is None, "there is no PyTorch")
    def test_they_belong_to_what_has_tensors(self):
        names = [name for name, _ in _parts.part_of("model", torch.nn.Linear(1, 1)).describe().conditions]
        self.assertEqual(["torch", "threads", "cpu"], names)
        self.assertEqual([], _parts.part_of("numbers", {"a": 1}).describe().conditions)


if __name__ == "__main__":
    unittest.main()
