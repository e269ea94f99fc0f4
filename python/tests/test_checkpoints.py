"""Checkpoints without a run, and runs that begin with another one's (LIBCAIRN)."""

import os
import unittest

import cairn
from test_run import Case

try:
    import torch
except ImportError:
    torch = None


def network(head=1):
    return torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, head))


class Lists(Case):
    def test_a_folder_without_any_has_none(self):
        self.assertEqual([], cairn.checkpoints(self.folder))
        with self.assertRaisesRegex(cairn.NoCheckpointError, "no checkpoint"):
            cairn.Checkpoint(self.folder)

    def test_steps_times_sizes_metrics_and_parts(self):
        with cairn.Run(self.folder, save=cairn.every(steps=1), mode="synchronous", keep=cairn.keep_all()) as run:
            counters = {"count": 0, "name": "ä", "big": 1 << 70, "bytes": b"\0\1", "none": None, "deep": [1.5, (True, float("nan"))]}
            run.track(counters=counters)
            run.track_value("rate", lambda: 0.25, lambda value: None)
            for step in run.steps(3):
                counters["count"] += 1
                run.report(val_loss=[3.0, 1.0, 2.0][step])
            run.finish(exit=False)
        found = cairn.checkpoints(self.folder)
        self.assertEqual([3, 2, 1], [one.step for one in found])
        self.assertEqual([2.0, 1.0, 3.0], [one.metrics["val_loss"] for one in found])
        self.assertEqual({"counters", "rate", "random"}, set(found[0].parts))
        self.assertTrue(found[0].bytes > 0 and found[0].saved_at.tzinfo is not None and found[0].problem is None)
        with cairn.Checkpoint(self.folder, best="val_loss") as best:
            self.assertEqual((2, 2, 0.25), (best.step, best.read("counters", "count"), best.read("rate", "value")))
            self.assertEqual(1 << 70, best.read("counters", "big"))
            self.assertEqual(b"\0\1", best.read("counters", "bytes"))
            self.assertIn("deep/[1]/(0)", best.names("counters"))
            self.assertEqual(repr(dict(counters, count=2)), repr(best.state("counters")))
            with self.assertRaisesRegex(cairn.MisuseError, "has no 'other'; it has bytes, count, name, .* and 3 more"):
                best.read("counters", "other")
            with self.assertRaisesRegex(cairn.MisuseError, r"has no part 'model'; it has counters, rate, random$"):
                best.state("model")
            with self.assertRaisesRegex(cairn.MisuseError, "wants the parts"):
                best.load()
        with self.assertRaisesRegex(cairn.MisuseError, "closed"):
            best.read("counters", "count")
        self.assertEqual(1, cairn.Checkpoint(self.folder, best="val_loss", highest=True).step)
        self.assertEqual(3, cairn.Checkpoint(self.folder).step)
        with self.assertRaisesRegex(cairn.MisuseError, "no checkpoint of step 7 .*; there are 3, 2, 1$"):
            cairn.Checkpoint(self.folder, step=7)
        with self.assertRaisesRegex(cairn.MisuseError, "has the metric 'loss'; there are val_loss$"):
            cairn.Checkpoint(self.folder, best="loss")
        taken = {"count": -1}
        self.assertEqual(1, cairn.load(self.folder, step=1, counters=taken).step)
        self.assertEqual(repr(dict(counters, count=1)), repr(taken))


@unittest.skipIf(torch is None, "no PyTorch")
class Loads(Case):
    def setUp(self):
        super().setUp()
        torch.manual_seed(3)
        self.model = network()
        self.model[0].weight.requires_grad = False  # lies in a file of its own
        self.optimizer = torch.optim.AdamW(self.model.parameters())
        with cairn.Run(self.folder, save=cairn.every(steps=1), mode="synchronous", keep=cairn.keep_all()) as run:
            run.track(model=self.model, optimizer=self.optimizer)
            for _ in run.steps(3):
                self.model(torch.ones(2, 4)).sum().backward()
                self.optimizer.step()
            run.finish(exit=False)

    def files(self):
        return {
            os.path.join(at, name): os.stat(os.path.join(at, name)).st_mtime_ns for at, _, names in os.walk(self.folder) for name in names
        }

    def same(self, one, other):
        self.assertEqual(sorted(one), sorted(other))
        for name in one:
            self.assertTrue(torch.equal(one[name], other[name]), name)

    def test_parts_in_place_and_nothing_is_written(self):
        before = self.files()
        model = network()
        weight = model[0].weight
        optimizer = torch.optim.AdamW(model.parameters())
        info = cairn.load(self.folder, model=model, optimizer=optimizer)
        self.assertEqual(3, info.step)
        self.assertIs(weight, model[0].weight)
        self.same(self.model.state_dict(), model.state_dict())
        self.assertEqual(repr(self.optimizer.state_dict()), repr(optimizer.state_dict()))
        with cairn.Checkpoint(self.folder) as checkpoint:
            self.same(self.model.state_dict(), checkpoint.state("model"))
            self.assertEqual(repr(self.optimizer.state_dict()), repr(checkpoint.state("optimizer")))
            self.assertTrue(torch.equal(self.model[2].bias, checkpoint.read("model", "2.bias")))
        self.assertEqual(before, self.files())

    def test_what_does_not_fit_is_listed_and_nothing_is_touched(self):
        model, optimizer = network(head=2), torch.optim.AdamW(self.model.parameters())
        before = {name: one.clone() for name, one in model.state_dict().items()}
        with self.assertRaisesRegex(cairn.MismatchError, r"(?s)2\.weight is float32 \[2, 3\], in the checkpoint float32 \[1, 3\].*2\.bias"):
            cairn.load(self.folder, optimizer=optimizer, model=model)
        self.same(before, model.state_dict())
        self.assertEqual({}, dict(optimizer.state))

    def test_some_of_it_and_under_other_names(self):
        wrapped = torch.nn.ModuleDict({"body": network(head=2), "extra": torch.nn.Linear(1, 1)})
        names = {"body.2.": None, "body.": ""}
        before = wrapped["body"][2].weight.clone()
        with self.assertRaisesRegex(cairn.MismatchError, r"(?s)extra\.weight.*is not in the checkpoint.*2\.bias.* nothing takes it"):
            cairn.load(self.folder, model=wrapped, saved_name=names)
        with cairn.Checkpoint(self.folder) as checkpoint:
            words = checkpoint.load(model=wrapped, saved_name=names, strict=False)
            self.assertEqual(
                "2 tensors of part 'model' (body.2.weight, body.2.bias, extra.weight, extra.bias as the program made them)", words
            )
            self.assertTrue(torch.equal(self.model[0].weight, wrapped["body"][0].weight) and torch.equal(before, wrapped["body"][2].weight))
            with self.assertRaisesRegex(ZeroDivisionError, "by zero"):
                checkpoint.load(model=wrapped, saved_name=lambda name: 1 // 0)

    def test_tensors_whose_memory_is_another_are_put_back_too(self):
        model = network()
        model[0].weight = torch.nn.Parameter(torch.zeros(4, 3).t())  # with gaps, as those of a device it is copied
        self.assertFalse(model[0].weight.is_contiguous())
        cairn.load(self.folder, model=model, saved_name={"2.": None}, strict=False)
        self.assertTrue(torch.equal(self.model[0].weight, model[0].weight))

    def test_something_with_a_state_dict_takes_some_of_it(self):
        average = torch.optim.swa_utils.AveragedModel(network())
        cairn.load(self.folder, model=StateOnly(average), saved_name={"module.": "", "n_averaged": None})
        self.same(self.model.state_dict(), average.module.state_dict())

    def test_one_flipped_bit_is_found(self):
        name = os.path.join(self.folder, "step-0000000003", "optimizer.safetensors")
        with open(name, "r+b") as file:
            file.seek(-1, 2)
            last = file.read(1)
            file.seek(-1, 2)
            file.write(bytes([last[0] ^ 1]))
        with cairn.Checkpoint(self.folder) as checkpoint:
            with self.assertRaisesRegex(cairn.UnreadableError, "optimizer.safetensors"):
                checkpoint.state("optimizer")
            checkpoint.state("model")

    def test_exported_it_is_one_file_that_loads(self):
        file = self.folder + ".safetensors"
        with cairn.Checkpoint(self.folder) as checkpoint:
            checkpoint.export("model", file)
            with self.assertRaisesRegex(cairn.MisuseError, "has no part"):
                checkpoint.export("ema", file)
        model = network()
        with cairn.Checkpoint(file) as exported:
            self.assertEqual((-1, ()), (exported.step, exported.parts))
            self.same(self.model.state_dict(), {name: exported.read("model", name) for name in self.model.state_dict()})
            self.assertEqual("4 tensors of part 'model'", exported.load(model=model))
        self.same(self.model.state_dict(), model.state_dict())
        with self.assertRaisesRegex(cairn.MisuseError, "there is no file"):
            cairn.load(self.folder + "-none.safetensors", model=model)
        torch.save(model.state_dict(), self.folder + ".pt")
        with self.assertRaisesRegex(cairn.UnreadableError, "a pickle"):
            cairn.load(self.folder + ".pt", model=model)

    def test_tied_weights_are_there_once(self):
        self.folder += "-tied"
        model = torch.nn.ModuleDict({"embedding": torch.nn.Embedding(3, 2), "head": torch.nn.Linear(2, 3, bias=False)})
        model["head"].weight = model["embedding"].weight
        with cairn.Run(self.folder, mode="synchronous") as run:
            run.track(model=model)
            for _ in run.steps(1):
                pass
            run.finish(exit=False)
        with cairn.Checkpoint(self.folder) as checkpoint:
            checkpoint.export("model", self.folder + ".safetensors")
            self.assertTrue(torch.equal(checkpoint.read("model", "head.weight"), model["embedding"].weight))
            state = checkpoint.state("model")
            self.assertIs(state["head.weight"], state["embedding.weight"])
        with cairn.Checkpoint(self.folder + ".safetensors") as exported:
            self.assertEqual(["embedding.weight"], exported.names("model"))

    def test_a_run_begins_with_some_of_it(self):
        source, self.folder = self.folder, self.folder + "-tuned"
        begin = cairn.StartFrom(source, "model", step=2, saved_name={"body.2.": None, "body.": ""}, strict=False)
        model = torch.nn.ModuleDict({"body": network(head=2)})
        model["body"][0].weight = torch.nn.Parameter(torch.zeros(4, 3).t())  # is copied, as what lies on a device
        with cairn.Run(self.folder, start_from=begin, mode="synchronous", save=cairn.every(steps=1)) as run:
            run.track(model=model)
            self.assertEqual(0, run.restore())
            self.assertTrue(torch.equal(model["body"][0].weight, self.model[0].weight))
            for _ in run.steps(1):
                pass
            run.finish(exit=False)
        with cairn.Run(self.folder, start_from=begin, mode="synchronous") as run:  # it has its own now
            run.track(model=model)
            self.assertEqual(1, run.restore())
        with self.assertRaisesRegex(cairn.MismatchError, "body.0.weight"):
            run = cairn.Run(self.folder + "-strict", start_from=cairn.StartFrom(source, "model"))
            run.track(model=model)
            run.restore()
        with self.assertRaisesRegex(cairn.MisuseError, "both"):
            cairn.Run(self.folder + "-both", start_from=cairn.StartFrom(source, step=1, best="loss"))

    def test_a_run_goes_on_from_all_of_it(self):
        source, self.folder = self.folder, self.folder + "-again"
        optimizer = torch.optim.AdamW(self.model.parameters())
        with cairn.Run(self.folder, start_from=cairn.StartFrom(source, step=2), mode="synchronous") as run:
            run.track(model=self.model, optimizer=optimizer)
            self.assertEqual([2, 3], list(run.steps(4)))
            run.finish(exit=False)
        self.assertEqual({"step": torch.tensor(2.0)}, {"step": optimizer.state_dict()["state"][1]["step"]})

    def test_a_run_begins_with_a_file(self):
        file = self.folder + ".safetensors"
        with cairn.Checkpoint(self.folder) as checkpoint:
            checkpoint.export("model", file)
        model = network()
        with cairn.Run(self.folder + "-file", start_from=cairn.StartFrom(file, "model"), mode="synchronous") as run:
            run.track(model=model)
            self.assertEqual(0, run.restore())
        self.same(self.model.state_dict(), model.state_dict())


class StateOnly:
    """Hides that something is a module."""

    def __init__(self, thing):
        self.state_dict, self.load_state_dict = thing.state_dict, thing.load_state_dict


if __name__ == "__main__":
    unittest.main()
