"""Runs, with the engine (LIBCAIRN)."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import textwrap
import unittest

import cairn

try:
    import numpy
    import torch
except ImportError:
    torch = None


@contextlib.contextmanager
def quiet():
    """What the engine says on standard error, kept."""
    with tempfile.TemporaryFile() as file:
        before = os.dup(2)
        os.dup2(file.fileno(), 2)
        said = []
        try:
            yield said
        finally:
            os.dup2(before, 2)
            os.close(before)
            file.seek(0)
            said.append(file.read().decode())


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.join(folder.name, "checkpoints")
        said = quiet()
        self.said = said.__enter__()
        self.addCleanup(said.__exit__, None, None, None)

    def train(self, steps, last=None, stop_after=None, **parts):
        """A run of so many steps; the outcome, and which steps were done."""
        done = []
        with cairn.Run(self.folder, save=cairn.every(steps=1), mode="synchronous") as run:
            run.track(**parts)
            for step in run.steps(steps):
                done.append(step)
                for part in parts.values():
                    if isinstance(part, dict) and "count" in part:
                        part["count"] += 1
                if step + 1 == stop_after:
                    run.request_stop("the test")
            return run.finish(last, exit=False), done


class Runs(Case):
    def test_it_stops_goes_on_and_finishes_once(self):
        counters = {"count": 0, "best": float("inf")}
        outcome, done = self.train(5, stop_after=2, counters=counters)
        self.assertEqual((cairn.OutcomeKind.STOPPED_FOR_GOOD, 143, [0, 1]), (outcome.kind, outcome.exit_code, done))
        counters, work = {"count": 99}, []
        with self.assertRaises(cairn.MismatchError):  # nothing is put into what does not fit, but a dictionary may grow: this is no dictionary
            self.train(5, counters=[99])
        outcome, done = self.train(5, last=lambda: work.append(1), counters=counters)
        self.assertEqual((cairn.OutcomeKind.FINISHED, 0, [2, 3, 4], [1]), (outcome.kind, outcome.exit_code, done, work))
        self.assertEqual({"count": 5, "best": float("inf")}, counters)
        outcome, done = self.train(5, last=lambda: work.append(2), counters=counters)
        self.assertEqual((cairn.OutcomeKind.FINISHED_BEFORE, True, [], [1]), (outcome.kind, outcome.is_finished, done, work))

    def test_random_numbers_go_on(self):
        def draw(stop_after=None):
            drawn = []
            random.seed(7)
            run = cairn.Run(self.folder, save=cairn.never(), mode="synchronous")
            for step in run.steps(6):
                drawn.append((random.random(), random.gauss(0, 1)))
                if step + 1 == stop_after:
                    run.request_stop("the test")
            run.finish(exit=False)
            return drawn

        parts = draw(stop_after=3) + draw()
        self.folder += "-straight"
        self.assertEqual(draw(), parts)

    def test_an_error_in_a_step_is_the_programs_and_the_next_start_goes_on(self):
        with self.assertRaises(ZeroDivisionError):
            with cairn.Run(self.folder, save=cairn.every(steps=1), mode="synchronous") as run:
                for step in run.steps(5):
                    1 // (3 - step)
        run = cairn.Run(self.folder, mode="synchronous")
        self.assertEqual(3, run.restore())
        self.assertEqual(2, run.attempt)
        self.assertEqual(0, run.close())

    def test_finish_ends_the_program_with_the_runs_code(self):
        run = cairn.Run(self.folder)
        for _ in run.steps(5):
            break
        with self.assertRaises(SystemExit) as ended:
            run.finish()
        self.assertEqual(1, ended.exception.code)

    def test_complete_makes_the_step_in_progress_the_last(self):
        run = cairn.Run(self.folder, mode="synchronous")
        done = []
        for step in run.steps(100):
            done.append(step)
            if step == 3:
                run.complete()
        self.assertEqual(([0, 1, 2, 3], cairn.OutcomeKind.FINISHED), (done, run.finish().kind))

    def test_a_loop_of_ones_own(self):
        run = cairn.Run(self.folder, mode="synchronous", save=cairn.every(steps=2))
        step, counters = 0, {"count": 0}
        run.track(counters=counters)
        step = run.restore()
        while step < 4:
            step += 1
            counters["count"] = step
            if not run.boundary(step, last=step == 4):
                break
        self.assertEqual(cairn.OutcomeKind.FINISHED, run.finish().kind)
        self.assertEqual(["step-0000000002", "step-0000000004"], sorted(one for one in os.listdir(self.folder) if one.startswith("step-")))

    def test_an_error_of_the_last_work_is_the_programs_and_it_is_done_again(self):
        def fail():
            raise KeyError("the disk")

        run = cairn.Run(self.folder, mode="synchronous")
        for _ in run.steps(1):
            pass
        with self.assertRaises(KeyError):
            run.finish(fail)
        self.assertEqual(1, run.close())
        work = []
        outcome, done = self.train(1, last=lambda: work.append(1))
        self.assertEqual((cairn.OutcomeKind.FINISHED, [], [1]), (outcome.kind, done, work))

    def test_what_cannot_be_tracked_is_refused_at_once_by_its_path(self):
        run = cairn.Run(self.folder)
        self.addCleanup(run.close)
        for thing, words in ((3, "part 'thing' is a builtins.int"), ({"a": [{2}]}, "part 'thing': a/[0] is a builtins.set")):
            with self.assertRaises(cairn.UntrackableError) as refused:
                run.track(thing=thing)
            self.assertIn(words, str(refused.exception))
        with self.assertRaises(cairn.MisuseError):
            run.track(random={})

    def test_what_becomes_unsavable_later_is_refused_at_the_boundary(self):
        state = {"count": 0}
        run = cairn.Run(self.folder, save=cairn.every(steps=1), mode="synchronous")
        self.addCleanup(run.close)
        run.track(state=state)
        with self.assertRaises(cairn.UntrackableError) as refused:
            for _ in run.steps(3):
                state["made"] = object()
        self.assertIn("part 'state': made is a builtins.object", str(refused.exception))

    def test_options_that_cannot_be_are_named(self):
        for options, words in (({"stop_flie": "x"}, "there is no option 'stop-flie'"), ({"mode": "quick"}, "save-mode=quick"), ({"max_attempts": 0}, "max-attempts=0")):
            with self.assertRaises(cairn.MisuseError) as refused:
                cairn.Run(self.folder, **options)
            self.assertIn(words, str(refused.exception))

    def test_calls_at_a_wrong_time_are_errors(self):
        run = cairn.Run(self.folder, mode="synchronous")
        for _ in run.steps(1):
            pass
        with self.assertRaises(cairn.MisuseError):
            run.steps(2)
        with self.assertRaises(cairn.MisuseError):
            run.track(late={})
        run.finish()
        for call in (run.restore, run.save_at_boundary, lambda: run.report(a=1), lambda: run.stop_requested):
            with self.assertRaises(cairn.MisuseError):
                call()
        self.assertEqual(0, run.close())

    def test_a_value_and_a_generator(self):
        class Best:
            value = 1.5

        generator = random.Random(3)
        for stop_after in (2, None):
            run = cairn.Run(self.folder, save=cairn.every(steps=1), mode="synchronous")
            run.track_value("best", lambda: Best.value, lambda value: setattr(Best, "value", value))
            run.track(generator=generator)
            for step in run.steps(4):
                Best.value = step / 2
                generator.random()
                if step + 1 == stop_after:
                    run.request_stop("the test")
            run.finish(exit=False)
            if stop_after:
                Best.value, generator = None, random.Random(9)
        expected = random.Random(3)
        for _ in range(4):
            expected.random()
        self.assertEqual((1.5, expected.random()), (Best.value, generator.random()))

    def test_metrics_are_in_the_checkpoint_that_is_kept_for_them(self):
        run = cairn.Run(self.folder, save=cairn.every(steps=1), keep=[cairn.keep_last(1), cairn.keep_best("loss")], mode="synchronous")
        for step in run.steps(6):
            run.report(loss=abs(step - 1))
        run.finish()
        self.assertIn("step-0000000002", os.listdir(self.folder))

    def test_a_forked_child_is_no_run(self):
        run = cairn.Run(self.folder, mode="synchronous")
        for step in run.steps(2):
            child = os.fork()
            if child == 0:
                try:
                    run.report(a=1)
                except cairn.MisuseError:
                    os._exit(7)
                os._exit(8)
            self.assertEqual(7, os.waitpid(child, 0)[1] >> 8)
        self.assertEqual(cairn.OutcomeKind.FINISHED, run.finish().kind)


class Processes(Case):
    def run_program(self, text, *arguments):
        return subprocess.run(
            [sys.executable, "-B", "-c", textwrap.dedent(text), self.folder, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            universal_newlines=True, timeout=60)

    def test_signals_are_shared_with_the_program(self):
        ended = self.run_program("""
            import signal, sys, os
            heard = []
            signal.signal(signal.SIGTERM, lambda *_: heard.append("TERM before"))
            signal.signal(signal.SIGUSR1, lambda *_: heard.append("USR1"))
            import cairn
            run = cairn.Run(sys.argv[1], mode="synchronous")
            for step in run.steps(100):
                os.kill(os.getpid(), signal.SIGUSR1)
                if step == 2:
                    os.kill(os.getpid(), signal.SIGTERM)
                assert step < 3
            print(heard, cairn.stop_requested(), run.finish(exit=False))
            """)
        self.assertEqual("['USR1', 'USR1', 'USR1', 'TERM before'] True Outcome(STOPPED_FOR_GOOD, exit_code=143)\n", ended.stdout, ended.stderr)

    def test_a_warning_before_the_run_is_open_counts(self):
        ended = self.run_program("""
            import cairn, os, signal, sys
            os.kill(os.getpid(), signal.SIGUSR2)
            run = cairn.Run(sys.argv[1])
            print([step for step in run.steps(3)])
            run.finish()
            """)
        self.assertEqual(("[]\n", 143), (ended.stdout, ended.returncode), ended.stderr)

    def test_a_signal_to_a_forked_worker_is_not_the_runs(self):
        ended = self.run_program("""
            import cairn, multiprocessing, os, signal, sys, time
            context = multiprocessing.get_context("fork")

            def work(ready):
                ready.set()
                time.sleep(60)

            run = cairn.Run(sys.argv[1], mode="synchronous")
            for step in run.steps(4):
                ready = context.Event()
                worker = context.Process(target=work, args=(ready,))
                worker.start()
                ready.wait(30)
                os.kill(worker.pid, signal.SIGUSR2)
                worker.terminate()
                worker.join(30)
                assert worker.exitcode == -signal.SIGTERM, worker.exitcode
            print(run.finish())
            """)
        self.assertEqual("Outcome(FINISHED, exit_code=0)\n", ended.stdout, ended.stderr)

    def test_an_error_of_cairns_that_nothing_catches_ends_with_its_code(self):
        ended = self.run_program("""
            import cairn, sys
            run = cairn.Run(sys.argv[1])
            run.track(thing=3)
            """)
        self.assertEqual(78, ended.returncode, ended.stderr)
        self.assertIn("part 'thing' is a builtins.int", ended.stderr)

    def test_a_program_that_ends_without_finish_says_so(self):
        ended = self.run_program("""
            import cairn, sys
            run = cairn.Run(sys.argv[1])
            for step in run.steps(3):
                pass
            """)
        self.assertEqual(0, ended.returncode, ended.stderr)
        self.assertIn("Finish() was not called", ended.stderr)

    def test_several_ranks_are_refused_with_the_way_that_works(self):
        ended = self.run_program("""
            import os, sys
            os.environ.update(RANK="1", WORLD_SIZE="2")
            import cairn
            cairn.Run(sys.argv[1])
            """)
        self.assertEqual(78, ended.returncode, ended.stderr)
        self.assertIn("rank 1 of 2", ended.stderr)

    def test_without_the_library_the_contract_goes_on_working(self):
        ended = self.run_program("""
            import os, sys
            os.environ["LIBCAIRN"] = "/nowhere/libcairn.so"
            import cairn
            print(cairn.stop_requested(), cairn.attempt())
            cairn.Run(sys.argv[1])
            """)
        self.assertEqual(("False 1\n", 1), (ended.stdout, ended.returncode), ended.stderr)
        self.assertIn("cannot be loaded", ended.stderr)


@unittest.skipIf(torch is None, "there is no PyTorch")
class Torch(Case):
    def test_differences_are_listed_before_anything_is_touched(self):
        self.train(2, stop_after=1, model=torch.nn.Linear(3, 2))
        model = torch.nn.Sequential(torch.nn.Linear(3, 2))
        before = model[0].weight.detach().clone()
        with self.assertRaises(cairn.MismatchError) as refused:
            self.train(2, model=model)
        for words in ("0.weight (float32 [2, 3]) is not in the checkpoint", "bias (float32 [2]) is in the checkpoint, but not in the program"):
            self.assertIn(words, str(refused.exception))
        self.assertTrue(torch.equal(before, model[0].weight))

    def test_an_optimizer_with_other_groups_is_a_difference_and_another_rate_is_told(self):
        def make(groups, lr):
            layers = [torch.nn.Linear(2, 2) for _ in range(2)]
            return torch.optim.SGD([{"params": layer.parameters()} for layer in layers[:groups]], lr=lr, momentum=0.9)

        self.train(2, stop_after=1, optimizer=make(2, 0.1))
        with self.assertRaises(cairn.MismatchError) as refused:
            self.train(2, optimizer=make(1, 0.1))
        self.assertIn("param_groups/[1]/lr is in the checkpoint, but not in the program", str(refused.exception))
        with self.assertRaises(cairn.MismatchError) as refused:
            self.train(2, optimizer=torch.optim.Adam([torch.nn.Parameter(torch.ones(1))]))
        self.assertIn("it is a Adam, in the checkpoint SGD", str(refused.exception))
        optimizer = make(2, 0.2)
        self.train(2, optimizer=optimizer)
        self.assertEqual(0.1, optimizer.param_groups[0]["lr"])

    def test_tied_weights_wrappers_and_memory_with_gaps(self):
        class Tied(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.a, self.b = torch.nn.Linear(3, 3), torch.nn.Linear(3, 3)
                self.b.weight = self.a.weight
                self.c = torch.nn.Parameter(torch.rand(4, 5).t())

        model = Tied()
        self.train(2, stop_after=1, model=torch.nn.DataParallel(model))
        other = Tied()
        self.train(2, model=other)
        for name, value in model.state_dict().items():
            self.assertTrue(torch.equal(value, other.state_dict()[name]), name)
        self.assertIs(other.a.weight, other.b.weight)
        untied = Tied()
        untied.b.weight = torch.nn.Parameter(torch.rand(3, 3))
        self.folder += "-other"
        self.train(2, stop_after=1, model=model)
        with self.assertRaises(cairn.MismatchError):
            self.train(2, model=untied)

    def test_what_does_not_take_its_state_back_is_found(self):
        class Forgets:
            def __init__(self):
                self.state = {"a": 1, "b": torch.ones(2)}

            def state_dict(self):
                return dict(self.state)

            def load_state_dict(self, state):
                self.state["a"] = state["a"]

        first = Forgets()
        first.state.update(a=2, b=torch.zeros(2))
        self.train(2, stop_after=1, thing=first)
        with self.assertRaises(cairn.UntrackableError) as refused:
            self.train(2, thing=Forgets())
        self.assertIn("part 'thing': it does not take back what it gave, so it cannot go on as it was: b has other bytes", str(refused.exception))

    def test_a_state_of_another_element_type_than_its_parameter_comes_back(self):
        def train(stop_after=None):
            torch.manual_seed(1)
            model = torch.nn.Linear(8, 8).bfloat16()
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
            with cairn.Run(self.folder, save=cairn.never(), mode="synchronous") as run:
                run.track(model=model, optimizer=optimizer)
                for step in run.steps(6):
                    optimizer.zero_grad()
                    model(torch.randn(4, 8).bfloat16()).float().square().mean().backward()
                    for parameter in model.parameters():
                        state = optimizer.state[parameter]
                        if state.get("momentum_buffer") is not None:
                            state["momentum_buffer"] = state["momentum_buffer"].float() * 1.0001
                            parameter.data.sub_(1e-3 * state["momentum_buffer"])
                            state["mine"] = state["momentum_buffer"].clone()
                        else:
                            state["momentum_buffer"] = parameter.grad.float()
                    if step + 1 == stop_after:
                        run.request_stop("the test")
                run.finish(exit=False)
            return [optimizer.state[parameter][key] for parameter in model.parameters() for key in ("momentum_buffer", "mine")]

        train(stop_after=3)
        cut = train()
        self.folder += "-straight"
        for one, other in zip(train(), cut):
            self.assertEqual((torch.float32, torch.float32), (one.dtype, other.dtype))
            self.assertTrue(torch.equal(one, other))

    def test_every_optimizer_of_torch_goes_on_to_the_bit(self):
        def train(make, stop_after=None):
            torch.manual_seed(0)
            model = torch.nn.Linear(4, 3)
            optimizer = make(model.parameters())
            run = cairn.Run(self.folder, save=cairn.never(), mode="synchronous")
            run.track(model=model, optimizer=optimizer)
            for step in run.steps(6):
                def closure():
                    optimizer.zero_grad()
                    loss = model(torch.randn(5, 4)).square().mean()
                    loss.backward()
                    return loss

                optimizer.step(closure)
                if step + 1 == stop_after:
                    run.request_stop("the test")
            run.finish(exit=False)
            return model.state_dict(), optimizer.state_dict()

        optim, base = torch.optim, self.folder
        for name, make in {
                "SGD": lambda p: optim.SGD(p, 0.1, momentum=0.9, nesterov=True), "Adam": lambda p: optim.Adam(p, amsgrad=True), "AdamW": optim.AdamW,
                "NAdam": optim.NAdam, "RAdam": optim.RAdam, "Adamax": optim.Adamax, "Adagrad": optim.Adagrad, "Adadelta": optim.Adadelta,
                "RMSprop": lambda p: optim.RMSprop(p, momentum=0.9, centered=True), "Rprop": optim.Rprop, "ASGD": optim.ASGD,
                "LBFGS": lambda p: optim.LBFGS(p, max_iter=3)}.items():
            with self.subTest(optimizer=name):
                self.folder = os.path.join(base, name, "straight")
                straight = train(make)
                self.folder = os.path.join(base, name, "cut")
                train(make, stop_after=3)
                cut = train(make)
                for one, other in zip(straight, cut):
                    one, other = cairn._state.flatten(one), cairn._state.flatten(other)
                    self.assertEqual(one.order, other.order)
                    self.assertEqual(one.values, other.values)
                    for a, b in zip(one.tensors, other.tensors):
                        self.assertTrue(cairn._arrays.same_bytes(a, b), a.name)


if __name__ == "__main__":
    unittest.main()
