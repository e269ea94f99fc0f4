"""Runs, with the engine (LIBCAIRN)."""

import contextlib
import copy
import json
import os
import random
import subprocess
import sys
import tempfile
import textwrap
import time
import types
import unittest

import cairn
from cairn import _ranks

try:
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

    def run_program(self, text, *arguments):
        return subprocess.run(
            [sys.executable, "-B", "-c", textwrap.dedent(text), self.folder, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            timeout=300,
        )


class Runs(Case):
    def test_it_stops_goes_on_and_finishes_once(self):
        counters = {"count": 0, "best": float("inf")}
        outcome, done = self.train(5, stop_after=2, counters=counters)
        self.assertEqual((cairn.OutcomeKind.STOPPED_FOR_GOOD, 143, [0, 1]), (outcome.kind, outcome.exit_code, done))
        counters, work = {"count": 99}, []
        with self.assertRaises(
            cairn.MismatchError
        ):  # nothing is put into what does not fit, but a dictionary may grow: this is no dictionary
            self.train(5, counters=[99])
        outcome, done = self.train(5, last=lambda: work.append(1), counters=counters)
        self.assertEqual((cairn.OutcomeKind.FINISHED, 0, [2, 3, 4], [1]), (outcome.kind, outcome.exit_code, done, work))
        self.assertEqual({"count": 5, "best": float("inf")}, counters)
        outcome, done = self.train(5, last=lambda: work.append(2), counters=counters)
        self.assertEqual((cairn.OutcomeKind.FINISHED_BEFORE, True, [], [1]), (outcome.kind, outcome.is_finished, done, work))

    def test_somebody_is_told_of_the_end_by_an_event_on_standard_input(self):
        told = os.path.join(os.path.dirname(self.folder), "told")
        with cairn.Run(self.folder, notify=["/bin/sh", "-c", 'cat >> "$1"', "sh", told]) as run:
            for step in run.steps(5):
                if step == 1:
                    run.request_stop("the test")
            run.finish(exit=False)
        with open(told) as file:
            event = json.loads(file.read())
        self.assertEqual(("stopped", 2, 2, self.folder), (event["event"], event["step"], event["saved_step"], event["folder"]))

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

    def test_nothing_tracked_is_said_before_the_first_step(self):
        with quiet() as said:
            run = cairn.Run(self.folder, mode="synchronous")
            for _ in run.steps(2):
                pass
            run.finish()
        self.assertIn("nothing is tracked but random states", said[0])
        self.folder += "-with"
        with quiet() as said:
            self.train(2, counters={"count": 0})
        self.assertNotIn("nothing is tracked", said[0])

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

    def test_a_cell_of_a_notebook_that_was_interrupted_is_told_what_to_close(self):
        run = cairn.Run(self.folder, mode="synchronous")
        for _ in run.steps(3):
            with self.assertRaises(cairn.FolderInUseError) as refused:
                cairn.Run(self.folder)
            break
        self.assertIn("close that first", str(refused.exception))
        run.close()
        self.assertEqual(cairn.OutcomeKind.FINISHED, self.train(2)[0].kind)

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

    def test_a_save_of_ones_own_and_what_is_known_of_saves_and_stops(self):
        run = cairn.Run(self.folder, save=cairn.never())
        counters = {"count": 0}
        run.track(counters=counters)
        self.assertEqual(0, run.restore())
        self.assertTrue(run.boundary(3))
        self.assertEqual((0, None), (run.steps_saved, run.stop_reason))
        run.save(3)
        self.assertEqual(3, run.steps_saved)
        self.assertEqual([3], [one.step for one in cairn.checkpoints(self.folder)])
        with self.assertRaises(cairn.MisuseError):
            run.save(2)
        run.request_stop("the test is over")
        self.assertIn("the test is over", run.stop_reason)
        self.assertFalse(run.boundary(4))
        self.assertEqual(cairn.OutcomeKind.STOPPED_FOR_GOOD, run.finish(exit=False).kind)

    def test_options_that_the_signature_does_not_name(self):
        stop = self.folder + ".stop"
        options = dict(
            hang_factor=None,
            max_attempts=3,
            stop_file=stop,
            requeue=False,
            when_still_saving="wait",
            margin_seconds=5.5,
            check_replicas=None,
            ranks="auto",
        )
        with cairn.Run(self.folder, mode="synchronous", keep=[cairn.keep_best("loss", 2), cairn.keep_last(1)], **options) as run:
            counters = {"count": 0}
            run.track(counters=counters)
            for step in run.steps(9):
                run.report(loss=[5, 1, 4, 2, 6, 7, 8, 9, 9][step])
                if step == 6:
                    open(stop, "w").close()
                    limit = time.monotonic() + 60
                    while not run.stop_requested and time.monotonic() < limit:
                        time.sleep(0.01)
            self.assertEqual(cairn.OutcomeKind.STOPPED_FOR_GOOD, run.finish(exit=False).kind)
        last = cairn.checkpoints(self.folder)[0].step
        self.assertEqual({2, 4, last - 1, last}, {one.step for one in cairn.checkpoints(self.folder)})
        for name, value in (("max_atempts", 3), ("hang_factor", 0.5), ("ranks", "all"), ("max_attempts", "many")):
            with self.subTest(name=name):
                with self.assertRaisesRegex(cairn.MisuseError, name.replace("_", "-")):
                    cairn.Run(self.folder + "-none", **{name: value})
        self.assertFalse(os.path.exists(self.folder + "-none"))

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
        mine = {}
        with self.assertRaises(cairn.MisuseError):
            run.track(random=mine)

    def test_what_becomes_unsavable_later_is_refused_at_the_boundary(self):
        state = {"count": 0}
        run = cairn.Run(self.folder, save=cairn.every(steps=1), mode="synchronous")
        self.addCleanup(run.close)
        run.track(state=state)
        with self.assertRaises(cairn.UntrackableError) as refused:
            for _ in run.steps(3):
                state["made"] = object()
        self.assertIn("part 'state': made is a builtins.object", str(refused.exception))

    def test_the_place_among_ranks_is_said_in_full_or_not_at_all(self):
        for said, problem in (
            ({"rank": 0}, "one alone says nothing"),
            ({"world_size": 2, "launch": "now"}, "one alone says nothing"),
            ({"rank": 2, "world_size": 2, "launch": "now"}, "there is no rank 2 of 2"),
            ({"rank": 1, "world_size": 2}, "find each other by what the option launch says"),
        ):
            with self.subTest(said=said), self.assertRaisesRegex(cairn.MisuseError, problem):
                cairn.Run(self.folder, **said)

    def test_a_rank_whose_first_rank_is_gone_or_late_says_which(self):
        class Store:  # stands for the process group's, which answers both by a RuntimeError
            def __init__(self, seconds):
                self.seconds = seconds

            def wait(self, keys, limit):
                time.sleep(self.seconds)
                raise RuntimeError("its own words")

        for seconds, problem in (
            (0, "^rank 0 has ended before it opened its run: see its log: its own words$"),
            (0.2, "^rank 0 did not open its run within 0 s; every rank opens as many as it, in the same order: its own words$"),
        ):
            group = types.SimpleNamespace(distributed_c10d=types.SimpleNamespace(_get_default_store=lambda: Store(seconds)))
            with self.subTest(seconds=seconds), self.assertRaisesRegex(cairn.RankError, problem):
                _ranks._launch(group, 1, 0.1)

    def test_one_rank_has_nobody_to_wait_for(self):
        with cairn.Run(self.folder) as run:
            self.assertEqual(b"\0a number\0", run.broadcast(b"\0a number\0"))
            self.assertEqual(b"", run.broadcast())
            self.assertEqual(64 << 10, len(run.broadcast(b"a" * (64 << 10))))
            with self.assertRaisesRegex(cairn.MisuseError, "65537 bytes are more than the 65536"):
                run.broadcast(b"a" * ((64 << 10) + 1))
            run.barrier()

    def test_options_that_cannot_be_are_named(self):
        for options, words in (
            ({"stop_flie": "x"}, "there is no option 'stop-flie'"),
            ({"mode": "quick"}, "save-mode=quick"),
            ({"max_attempts": 0}, "max-attempts=0"),
        ):
            with self.assertRaises(cairn.MisuseError) as refused:
                cairn.Run(self.folder, **options)
            self.assertIn(words, str(refused.exception))

    def test_arguments_of_a_wrong_kind_are_errors_that_say_what_is_taken(self):
        for options, kind, words in (
            ({"save": 600}, TypeError, "save= takes cairn.every.minutes=10. and the like, one or several; this is 600"),
            ({"save": "10m"}, TypeError, "this is '10m'"),
            ({"save": cairn.keep_last(3)}, TypeError, "save= takes"),
            ({"save": []}, TypeError, "save= takes"),
            ({"keep": 3}, TypeError, "keep= takes cairn.keep_last.3. and the like, one or several; this is 3"),
            ({"keep": [cairn.every(steps=1)]}, TypeError, "keep= takes"),
            ({"notify": "mail -s cut me"}, TypeError, "notify= takes a list of texts; this is 'mail -s cut me'"),
            ({"optional_parts": "ema"}, TypeError, "optional_parts= takes a list of texts"),
            ({"optional_parts": ["ema,old"]}, TypeError, "optional_parts= takes a list of texts"),
            ({"strict": "no"}, TypeError, "strict= takes True or False; this is 'no'"),
            ({"mode": None}, cairn.MisuseError, "save-mode=None"),
            ({"stop_file": "a\0b"}, cairn.MisuseError, "has the letter 0 in it"),
        ):
            with self.subTest(options=options):
                with self.assertRaisesRegex(kind, words):
                    cairn.Run(self.folder, **options)
        for folder, kind, words in (
            ("a\0b", cairn.MisuseError, "has the letter 0 in it"),
            (self.folder + "\udcff", cairn.MisuseError, "cannot be written as UTF-8"),
            ("", cairn.MisuseError, "a path is empty"),
            (7, TypeError, "os.PathLike"),
        ):
            with self.subTest(folder=folder):
                with self.assertRaisesRegex(kind, words):
                    cairn.Run(folder)
                with self.assertRaisesRegex(kind, words):
                    cairn.checkpoints(folder)
        self.assertFalse(os.path.exists(self.folder))
        with cairn.Run(self.folder) as run:
            for call, kind, words in (
                (lambda: run.track(**{"a\0b": random.Random()}), cairn.MisuseError, "has the letter 0 in it"),
                (lambda: run.track(nothing=None), cairn.UntrackableError, "part 'nothing' is a builtins.NoneType"),
                (lambda: run.request_stop("why\0not"), cairn.MisuseError, "has the letter 0 in it"),
                (lambda: run.steps("many"), TypeError, "'str' object cannot be interpreted as an integer"),
                (lambda: run.steps(2.5), TypeError, "'float' object cannot be interpreted as an integer"),
                (lambda: run.batches([], -1), ValueError, "there are no -1 epochs"),
                (lambda: run.batches([], 2.5), TypeError, "'float' object cannot be interpreted as an integer"),
                (lambda: run.steps(-1), cairn.MisuseError, "-1"),
            ):
                with self.subTest(words=words):
                    with self.assertRaisesRegex(kind, words):
                        call()
            for _ in run.steps(1):
                for value, words in ((None, "NoneType"), ("high", "str"), ([1, 2], "list"), ({}, "dict")):
                    with self.assertRaisesRegex(TypeError, "report.loss=.... takes one number, and this is a {}".format(words)):
                        run.report(loss=value)
                with self.assertRaises(cairn.MisuseError):
                    run.report(**{"": 1})
                run.report(**{"val/loss": 0.5, "µ": 1})
            run.finish()

    def test_calls_at_a_wrong_time_are_errors(self):
        run = cairn.Run(self.folder, mode="synchronous")
        for _ in run.steps(1):
            pass
        with self.assertRaises(cairn.MisuseError):
            run.steps(2)
        late = {}
        with self.assertRaises(cairn.MisuseError):
            run.track(late=late)
        run.finish()
        for call in (run.restore, run.save_at_boundary, lambda: run.report(a=1), lambda: run.stop_requested):
            with self.assertRaises(cairn.MisuseError):
                call()
        self.assertEqual(0, run.close())

    @unittest.skipIf(torch is None, "there is no PyTorch")
    def test_a_run_has_one_loop(self):
        loader = torch.utils.data.DataLoader(range(4)) if torch else None
        for first in (lambda run: run.batches(loader, 1), lambda run: run.steps(2)):
            with self.subTest(first=first), cairn.Run(self.folder) as run:
                for _ in first(run):
                    pass
                for second in (lambda: run.batches(loader, 1), lambda: run.steps(2)):
                    with self.assertRaisesRegex(cairn.MisuseError, "a run has one loop"):
                        second()
                run.finish(exit=False)
            self.folder += "-other"

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
    def test_signals_are_shared_with_the_program(self):
        ended = self.run_program(
            """
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
            """
        )
        self.assertEqual(
            "['USR1', 'USR1', 'USR1', 'TERM before'] True Outcome(STOPPED_FOR_GOOD, exit_code=143)\n", ended.stdout, ended.stderr
        )

    def test_a_warning_before_the_run_is_open_counts(self):
        ended = self.run_program(
            """
            import cairn, os, signal, sys
            os.kill(os.getpid(), signal.SIGUSR2)
            run = cairn.Run(sys.argv[1])
            print([step for step in run.steps(3)])
            run.finish()
            """
        )
        self.assertEqual(("[]\n", 143), (ended.stdout, ended.returncode), ended.stderr)

    def test_a_signal_to_a_forked_worker_is_not_the_runs(self):
        ended = self.run_program(
            """
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
            """
        )
        self.assertEqual("Outcome(FINISHED, exit_code=0)\n", ended.stdout, ended.stderr)

    def test_a_run_in_a_process_that_another_one_has_started_hears_its_signals(self):
        program = os.path.join(os.path.dirname(self.folder), "program.py")
        with open(program, "w") as file:
            file.write(
                textwrap.dedent(
                    """
                    import cairn, multiprocessing, os, signal, sys, time

                    def train(folder, ready):
                        run = cairn.Run(folder, save=cairn.never())
                        for step in run.steps(10**9):
                            if step == 2:
                                ready.set()
                                limit = time.monotonic() + 30
                                while not run.stop_requested and time.monotonic() < limit:
                                    time.sleep(0.01)
                            if step == 3:
                                sys.exit("it heard nothing")
                        run.finish()

                    if __name__ == "__main__":
                        context = multiprocessing.get_context(sys.argv[2])
                        for name in ("SIGUSR2", "SIGTERM"):
                            ready = context.Event()
                            child = context.Process(target=train, args=(sys.argv[1] + name, ready))
                            child.start()
                            ready.wait(60)
                            os.kill(child.pid, getattr(signal, name))
                            child.join(60)
                            print(name, child.exitcode, [one.step for one in cairn.checkpoints(sys.argv[1] + name)])
                            if sys.argv[2] == "fork":
                                break  # the engine is loaded here now
                    """
                )
            )
        for way in ("fork", "spawn"):
            with self.subTest(way=way):
                ended = subprocess.run(
                    [sys.executable, "-B", program, self.folder + way, way],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    universal_newlines=True,
                    timeout=300,
                )
                told = ["SIGUSR2 143 [3]", "SIGTERM 143 [3]"]
                self.assertEqual(told[:1] if way == "fork" else told, ended.stdout.splitlines(), ended.stderr)

    def test_an_error_of_cairns_that_nothing_catches_ends_with_its_code(self):
        ended = self.run_program(
            """
            import cairn, sys
            run = cairn.Run(sys.argv[1])
            run.track(thing=3)
            """
        )
        self.assertEqual(78, ended.returncode, ended.stderr)
        self.assertIn("part 'thing' is a builtins.int", ended.stderr)

    def test_a_program_that_ends_without_finish_says_so(self):
        ended = self.run_program(
            """
            import cairn, sys
            run = cairn.Run(sys.argv[1])
            for step in run.steps(3):
                pass
            """
        )
        self.assertEqual(0, ended.returncode, ended.stderr)
        self.assertIn("finish() was not called", ended.stderr)

    def test_what_the_engine_says_has_pythons_names(self):
        ended = self.run_program(
            """
            import cairn, sys
            run = cairn.Run(sys.argv[1] + "/Save(1).Restore()")
            for step in run.steps(3):
                for call in (lambda: run.boundary(1), lambda: run.save(1)):
                    try:
                        call()
                    except cairn.MisuseError as error:
                        print(error)
                break
            run.close()
            """
        )
        said = ended.stdout + ended.stderr
        self.assertIn("boundary(1) within steps() or batches()", said)
        self.assertIn("save(1) within steps() or batches()", said)
        self.assertIn("Call save_at_boundary() there", said)
        self.assertIn("without complete(), and finish() was not called", said)
        self.assertNotRegex(said, "Finish|Complete|Boundary|Steps|Batches")
        self.assertEqual(["Save(1).Restore()"], os.listdir(self.folder))

    def test_ranks_of_whose_start_nothing_is_known_are_refused_with_what_to_do(self):
        ended = self.run_program(
            """
            import os, sys
            os.environ.update(RANK="1", WORLD_SIZE="2")
            import cairn
            cairn.Run(sys.argv[1])
            """
        )
        self.assertEqual(78, ended.returncode, ended.stderr)
        self.assertIn("rank 1 of 2", ended.stderr)
        self.assertIn("init_process_group() before cairn.Run()", ended.stderr)

    def test_without_the_library_the_contract_goes_on_working(self):
        ended = self.run_program(
            """
            import os, sys
            os.environ["LIBCAIRN"] = "/nowhere/libcairn.so"
            import cairn
            print(cairn.stop_requested(), cairn.attempt())
            cairn.Run(sys.argv[1])
            """
        )
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
        for words in (
            "0.weight (float32 [2, 3]) is not in the checkpoint",
            "bias (float32 [2]) is in the checkpoint, but not in the program",
        ):
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

    def test_a_module_with_a_state_dict_of_its_own_or_without_shapes(self):
        class Own(torch.nn.Linear):
            def state_dict(self):
                return {"both": [self.weight, self.bias], "count": 3}

            def load_state_dict(self, state):
                for mine, saved in zip((self.weight, self.bias), state["both"]):
                    mine.data.copy_(saved)

        first, other = Own(3, 2), Own(3, 2)
        self.train(2, stop_after=1, model=first)
        self.train(2, model=other)
        self.assertTrue(torch.equal(first.weight, other.weight) and torch.equal(first.bias, other.bias))
        self.folder += "-lazy"
        with self.assertRaisesRegex(
            cairn.UntrackableError, "part 'model': weight has no shape yet: let one batch go through the module first"
        ):
            self.train(2, model=torch.nn.LazyLinear(3))

    def test_a_state_that_is_no_more_than_a_copy_is_refused(self):
        class Holder:
            pass

        model = torch.nn.Linear(3, 2)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        with cairn.Run(self.folder) as run:
            for make in (model.state_dict, optimizer.state_dict, lambda: {"model": model.state_dict()}, lambda: [1, 2]):
                with self.assertRaisesRegex(cairn.UntrackableError, "part 'state' is a .* that nothing else refers to"):
                    run.track(state=make())
            log, holder = {}, Holder()
            holder.log = []
            run.track(log=log, attributes=vars(holder), inner=holder.log)
        state = {"weights": model.state_dict()}
        with cairn.Run(self.folder) as run:
            run.track(state=state, model=model)
            with self.assertRaisesRegex(cairn.UntrackableError, r"part 'state': weights/weight is part 'model' itself \(weight\)"):
                run.steps(3)
        state = {"weights": copy.deepcopy(model.state_dict())}
        lines, say = [], cairn._job._say
        cairn._job._say = lines.append
        try:
            with cairn.Run(self.folder, save=cairn.every(steps=1), mode="synchronous") as run:
                run.track(state=state, model=model)
                for step in run.steps(4):
                    if step == 1:
                        state["weights"] = model.state_dict()  # as people forget to clone
                run.finish()
        finally:
            cairn._job._say = say
        self.assertEqual(1, len(lines), lines)
        self.assertIn("weights/weight is part 'model' itself (weight), and no copy", lines[0])

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
        self.assertIn(
            "part 'thing': it does not take back what it gave, so it cannot go on as it was: b has other bytes", str(refused.exception)
        )

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

    def test_what_an_overlapped_save_may_copy_later_are_parameters_and_the_optimizers_state(self):
        model = torch.nn.BatchNorm1d(4)
        optimizer = torch.optim.AdamW(model.parameters())
        model(torch.randn(8, 4)).sum().backward()
        optimizer.step()

        def later(part):
            return {leaf.name for leaf in part.describe().tensors if leaf.flags & cairn._library.OPTIMIZER_STEP}

        part_of = cairn._parts.part_of
        self.assertEqual({"weight", "bias"}, later(part_of("model", model)))
        moments = {"state/#{}/{}".format(i, key) for i in range(2) for key in ("step", "exp_avg", "exp_avg_sq")}
        self.assertEqual(moments, later(part_of("optimizer", optimizer)))
        self.assertEqual(set(), later(part_of("scheduler", torch.optim.lr_scheduler.StepLR(optimizer, 3))))

    def test_an_optimizer_passes_the_gate_of_an_overlapped_save_by_itself(self):
        class Handle:
            def __init__(self, hooks, hook):
                self.remove = lambda: hooks.remove(hook)

        class SGD(torch.optim.SGD):
            """With what PyTorch has from 2.0 on; before that the program has to call before_optimizer_step()."""

            hooks = []

            def register_step_pre_hook(self, hook):
                self.hooks.append(hook)
                return Handle(self.hooks, hook)

            def step(self, closure=None):
                for hook in list(self.hooks):
                    hook(self, (), {})
                super().step(closure)

        def train(kind, stop_after=None):
            torch.manual_seed(2)
            model = torch.nn.Linear(300, 300)
            optimizer = kind(model.parameters(), lr=0.1, momentum=0.9)
            with cairn.Run(self.folder, save=cairn.every(steps=1), mode="overlapped", check_overlap=True) as run:
                run.track(model=model, optimizer=optimizer)
                for step in run.steps(9):
                    optimizer.zero_grad()
                    model(torch.randn(2, 300)).square().mean().backward()
                    if step % 3 != 1:  # as a gradient scaler leaves one out
                        optimizer.step()
                    if step + 1 == stop_after:
                        run.request_stop("the test")
                run.finish(exit=False)
            optimizer.step()  # the run is closed, and has no part in it
            return model.weight.tolist()

        straight = train(SGD)
        self.assertEqual([], SGD.hooks)
        for stop in (2, 4):
            self.folder += "-cut"
            train(SGD, stop)
            self.assertEqual(straight, train(SGD))
        self.folder += "-without"
        if not hasattr(torch.optim.SGD, "register_step_pre_hook"):
            with self.assertRaisesRegex(
                cairn.MisuseError, r"before_optimizer_step\(\) was not called in step|were changed before before_optimizer_step\(\)"
            ):
                train(torch.optim.SGD)

    def test_a_scheduler_needs_its_optimizer(self):
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
        with self.assertRaises(cairn.UntrackableError) as refused:
            self.train(2, scheduler=torch.optim.lr_scheduler.StepLR(optimizer, 3))
        self.assertIn("part 'scheduler': the optimizer of StepLR is not tracked", str(refused.exception))

    def test_what_a_scheduler_was_made_with_is_told_when_it_is_another(self):
        def train(milestone, gamma, stop_after):
            return self.run_program(
                """
                import sys, cairn, torch

                class Scaler(torch.cuda.amp.GradScaler):  # there may be no device
                    def __init__(self):
                        self.growth_interval = {}

                    def state_dict(self):
                        return dict(growth_interval=self.growth_interval)

                    def load_state_dict(self, state):
                        self.growth_interval = state["growth_interval"]

                optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
                scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[{}], gamma={})
                scaler = Scaler()
                run = cairn.Run(sys.argv[1], save=cairn.never())
                run.track(optimizer=optimizer, scheduler=scheduler, scaler=scaler)
                for step in run.steps(4):
                    optimizer.step()
                    scheduler.step()
                    if step + 1 == {}:
                        run.request_stop("the test")
                print(scheduler.gamma)
                run.finish(exit=False)
                """.format(
                    milestone, milestone, gamma, stop_after
                )
            )

        for stop_after in (1, 2):
            self.assertNotIn("the program begins with", train(3, 0.1, stop_after).stderr)
        for stop_after in (3, 0):
            ended = train(2, 0.5, stop_after)
            for words in (
                "part 'scheduler': the program begins with gamma = 0.5, the run began with 0.1; what counts from now on is the checkpoint's 0.1",
                "part 'scaler': the program begins with growth_interval = 2, the run began with 3; what counts from now on is the checkpoint's 3",
                "the program begins with milestones/#2 = 1, the run began without",
                "the program begins without milestones/#3, the run began with 1; what counts from now on is the checkpoint's 1",
            ):
                self.assertIn(words, ended.stderr)
            self.assertEqual(4, ended.stderr.count("the program begins with"), ended.stderr)
            self.assertEqual("0.1\n", ended.stdout)

    def test_a_scheduler_in_a_thing_of_the_programs_own_that_may_hold_the_optimizer_is_let_be(self):
        class Trainer:
            def __init__(self, optimizer):
                self.optimizer = optimizer

            def state_dict(self):
                return {"optimizer": self.optimizer.state_dict()}

            def load_state_dict(self, state):
                self.optimizer.load_state_dict(state["optimizer"])

        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
        self.train(2, trainer=Trainer(optimizer), scheduler=torch.optim.lr_scheduler.StepLR(optimizer, 3))

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
            "SGD": lambda p: optim.SGD(p, 0.1, momentum=0.9, nesterov=True),
            "Adam": lambda p: optim.Adam(p, amsgrad=True),
            "AdamW": optim.AdamW,
            "NAdam": optim.NAdam,
            "RAdam": optim.RAdam,
            "Adamax": optim.Adamax,
            "Adagrad": optim.Adagrad,
            "Adadelta": optim.Adadelta,
            "RMSprop": lambda p: optim.RMSprop(p, momentum=0.9, centered=True),
            "Rprop": optim.Rprop,
            "ASGD": optim.ASGD,
            "LBFGS": lambda p: optim.LBFGS(p, max_iter=3),
        }.items():
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
