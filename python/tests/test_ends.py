"""However a program ends, and whatever it does beside a run: what is on the disk is whole and true, and nothing hangs.

A sample; all of it with CAIRN_LONG=1.
"""

import ast
import concurrent.futures
import hashlib
import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

LONG = os.environ.get("CAIRN_LONG") == "1"
STEPS = 12

# The state hangs on every step before, and is compared with that at each step: a torn or another state ends the program with code 99. `at` does what
# the test says, where it says it.
PROGRAM = """
import cairn

import ctypes, hashlib, os, signal, subprocess, sys, threading, time

folder, mode, place, code, steps = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5])
blocks = 32768
state = {"step": 0, "content": bytes(64) * blocks}


class TheEnd(Exception):
    pass


def after(step):
    content = bytes(64)
    for _ in range(step):
        content = hashlib.blake2b(content).digest()
    return content


def at(here):
    if here == place:
        exec(code, globals())


def checkpoints():
    return {name for name in os.listdir(folder) if name.startswith("step-")}


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)


def main():
    global run
    run = cairn.Run(folder, save=cairn.every(steps=2), mode=mode)
    run.track(state=state)
    at("open")
    restored = run.restore()
    print("at", restored, flush=True)
    at("restored")
    before = checkpoints()
    for step in run.steps(steps):
        if state["step"] != step or state["content"] != after(step) * blocks:
            print("a false state at step", step, state["step"], flush=True)
            os._exit(99)
        if step == restored + 4:
            at("saving")  # the save of the boundary just before has hardly begun
        if step == restored + 3:
            while checkpoints() <= before:  # the first save, which was begun at the boundary before last
                time.sleep(0.01)
            at("step")
        state["content"] = after(step + 1) * blocks
        state["step"] = step + 1
        if step == restored + 4 and place == "stopped":
            run.request_stop("the test")
    at("stopped")
    outcome = run.finish(lambda: (at("last work"), print("the last work of", state["step"], flush=True)))
    at("finished")
    print(outcome, flush=True)


try:
    main()
except TheEnd:
    pass
"""

ENDS = {
    "the end of the program": ("raise TheEnd()", {0, 1, 143}),
    "sys.exit": ("sys.exit(3)", {3}),
    "an exception": ("1 // 0", {1}),
    "Ctrl-C": ("interrupt()", {130, -signal.SIGINT}),
    "os._exit": ("os._exit(5)", {5}),
    "a segmentation fault": ("ctypes.string_at(0)", {-signal.SIGSEGV}),
    "abort": ("os.abort()", {-signal.SIGABRT}),
    "KILL": ("os.kill(os.getpid(), signal.SIGKILL)", {-signal.SIGKILL}),
}
PLACES = ["open", "restored", "step", "saving", "stopped", "last work", "finished"]
MODES = ["asynchronous", "synchronous"]

BESIDE = {
    "a child that leaves by exit": """
        child = os.fork()
        if child == 0:
            sys.exit(0)
        assert os.waitpid(child, 0)[1] == 0
        """,
    "a child that goes to the program's end": """
        child = os.fork()
        if child == 0:
            raise TheEnd()
        assert os.waitpid(child, 0)[1] == 0
        """,
    "a child that is killed by a fault": """
        child = os.fork()
        if child == 0:
            ctypes.string_at(0)
        assert os.waitpid(child, 0)[1] & 127 == signal.SIGSEGV
        """,
    "a hundred children": """
        for i in range(100):
            child = os.fork()
            if child == 0:
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
        """,
    "other programs": """
        for i in range(5):
            assert subprocess.run(["/bin/true"], preexec_fn=lambda: None).returncode == 0
        """,
    "forks in threads": """
        def fork():
            child = os.fork()
            if child == 0:
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0

        threads = [threading.Thread(target=fork) for _ in range(8)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        """,
    "a pool of forked workers": """
        import multiprocessing
        with multiprocessing.get_context("fork").Pool(2) as pool:
            assert pool.map(abs, range(-5, 0)) == [5, 4, 3, 2, 1]
        """,
    "a reload": """
        import importlib
        importlib.reload(cairn)
        importlib.reload(cairn._job)
        """,
    "a second import": """
        for name in [name for name in sys.modules if name.split(".")[0] == "cairn"]:
            del sys.modules[name]
        import cairn as another
        assert another is not cairn and not another.stop_requested()
        """,
    "another thread that looks": """
        said = []

        def look():
            said.append((run.steps_done, run.stop_requested))

        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        assert said[0][1] is False, said
        """,
    "a fault handler of Python's own": "import faulthandler; faulthandler.enable()",
    "a thread that never ends": "threading.Thread(target=lambda: time.sleep(1000), daemon=True).start()",
    "signals of its own": """
        heard = []
        signal.signal(signal.SIGALRM, lambda *_: heard.append(1))
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.001)
        import atexit
        atexit.register(lambda: signal.setitimer(signal.ITIMER_REAL, 0))  # Python takes its handlers away before the process is gone
        """,
}


class Trial(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="cairn-ends-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.program = os.path.join(self.folder, "program.py")
        with open(self.program, "w") as file:
            file.write(PROGRAM)

    def start(self, name, mode="asynchronous", place="", code="", steps=STEPS):
        return subprocess.Popen(
            [sys.executable, "-B", self.program, os.path.join(self.folder, name), mode, place, textwrap.dedent(code), str(steps)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)  # fmt: skip

    def play(self, name, mode="asynchronous", place="", code="", steps=STEPS):
        running = self.start(name, mode, place, code, steps)
        try:
            output, errors = running.communicate(timeout=300)
        except subprocess.TimeoutExpired:
            running.kill()
            output, errors = running.communicate()
            self.fail("it does not end: {} at {}, {}\n{}\n{}".format(name, place, mode, output, errors))
        return running.returncode, output, "{} at {}, {}: code {}\n{}\n{}".format(name, place, mode, running.returncode, output, errors)

    def in_parallel(self, work, cases):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(work, *case) for case in cases]:
                done.result()


class Ends(Trial):
    def end(self, mode, place, way):
        name = "{} {} {}".format(mode, place, way).replace(" ", "-")
        code, codes = ENDS[way]
        returned, output, all_of_it = self.play(name, mode, place, code)
        self.assertIn(returned, codes, all_of_it)
        returned, output, all_of_it = self.play(name, mode)
        self.assertEqual(0, returned, all_of_it)
        if place == "finished":
            self.assertIn("FINISHED_BEFORE", output, all_of_it)
            return
        self.assertIn("the last work of {}\nOutcome(FINISHED, exit_code=0)".format(STEPS), output, all_of_it)
        # What was saved and durable before the end is where it goes on.
        least = {"open": 0, "restored": 0, "step": 2, "saving": 2, "stopped": 4, "last work": STEPS}[place]
        self.assertGreaterEqual(int(output.split("\n")[0].split()[1]), least, all_of_it)

    def test_whatever_ends_a_program_wherever_it_goes_on_from_a_whole_state(self):
        cases = list(itertools.product(MODES, PLACES, ENDS))
        if not LONG:
            places, ways, modes = itertools.cycle(PLACES), list(ENDS), itertools.cycle(MODES)
            random.shuffle(ways)
            cases = [(next(modes), next(places), way) for way in ways]
        self.in_parallel(self.end, cases)


class Beside(Trial):
    def beside(self, mode, place, what):
        name = "{} {} {}".format(mode, place, what).replace(" ", "-")
        returned, output, all_of_it = self.play(name, mode, place, BESIDE[what])
        self.assertEqual(0, returned, all_of_it)
        self.assertEqual(["at 0", "the last work of {}".format(STEPS), "Outcome(FINISHED, exit_code=0)"], output.splitlines(), all_of_it)

    def test_whatever_a_program_does_beside_a_save_its_run_goes_on(self):
        places, modes = (["restored", "step", "saving", "last work"], MODES) if LONG else (["saving"], MODES[:1])
        self.in_parallel(self.beside, itertools.product(modes, places, BESIDE))


class Within(Trial):
    """What the run calls, or what comes while it is at work, moves it on by no means."""

    CALLS = {
        "close": "run.close()",
        "finish": "run.finish()",
        "a step": "next(steps)",
        "a loop": "run.steps(3)",
        "a boundary": "run.boundary(99)",
    }

    def setUp(self):
        super().setUp()
        with open(self.program, "w") as file:
            file.write(
                textwrap.dedent(
                    """
                    import cairn, signal, os, sys
                    folder, place, code = sys.argv[1], sys.argv[3], sys.argv[4]
                    calls, failed = 0, None

                    def get():
                        global calls, failed
                        calls += 1
                        if place == "part" and calls == 5:
                            try:
                                exec(code, globals())
                            except BaseException as error:
                                failed = error
                                raise
                        return calls

                    def last():
                        print("the last work", run.steps_done, flush=True)
                        run.report(done=1)
                        if place == "last":
                            exec(code, globals())

                    run = cairn.Run(folder, save=cairn.every(steps=1), mode="synchronous")
                    run.track_value("calls", get, lambda value: None)
                    steps = run.steps(6)
                    try:
                        for step in steps:
                            pass
                        print(run.finish(last))
                    except (cairn.MisuseError, RuntimeError) as error:
                        print(type(error).__name__, error)
                    """
                )
            )

    def test_a_function_that_the_run_calls_can_neither_move_it_on_nor_end_it(self):
        def one(place, what):
            name = "{}-{}".format(place, what).replace(" ", "-")
            returned, output, all_of_it = self.play(name, place=place, code=self.CALLS[what])
            self.assertIn("MisuseError", output, all_of_it)
            self.assertIn("the run is at work just now", output, all_of_it)
            returned, output, all_of_it = self.play(name)
            self.assertIn("FINISHED, exit_code=0", output, all_of_it)

        cases = list(itertools.product(("part", "last"), self.CALLS))
        self.in_parallel(one, cases if LONG else random.sample(cases, 3))

    def test_a_StopIteration_of_a_function_that_the_run_calls_does_not_end_the_loop_in_silence(self):
        returned, output, all_of_it = self.play("stop", place="part", code="next(iter([]))")
        self.assertIn("RuntimeError a function that the run has called raised StopIteration", output, all_of_it)


class Interrupts(Trial):
    """Ctrl-C where nobody could catch what it throws: between the engine and a function that it calls."""

    TRACE = """
    calls = 0

    def trace(frame, event, argument):
        global calls
        if frame.f_code.co_name == {name!r} and frame.f_code.co_filename.endswith(("_calls.py", "run.py")):
            calls += 1
            if calls == {number}:
                sys.settrace(None)
                signal.raise_signal({signal})

    sys.settrace(trace)
    """

    def interrupt(self, name, number, by):
        folder = "{}-{}-{}".format(name, number, by)
        returned, output, all_of_it = self.play(folder, "synchronous", "step", "os._exit(5)")
        self.assertEqual(5, returned, all_of_it)
        code = textwrap.dedent(self.TRACE).format(name=name, number=number, signal="signal." + by)
        if by == "SIGTERM":  # the program's own handler, which was there before
            code = "cairn._job._State.previous[signal.SIGTERM] = lambda *_: sys.exit(7)\n" + code
        returned, output, all_of_it = self.play(folder, "synchronous", "open", code)
        self.assertEqual(7 if by == "SIGTERM" else -signal.SIGINT, returned, all_of_it)
        self.assertNotIn("ignored", all_of_it)
        returned, output, all_of_it = self.play(folder)
        self.assertEqual(0, returned, all_of_it)
        self.assertNotIn("at 0\n", output, all_of_it)

    def test_it_is_heard_when_the_engine_has_returned_and_what_is_saved_is_whole(self):
        cases = [("describe", 5), ("describe", 8), ("differences", 1), ("differences", 2), ("restore", 1), ("restore", 2), ("work", 1)]
        if not LONG:
            cases = [("describe", 8), random.choice([case for case in cases if case != ("describe", 8)])]
        self.in_parallel(self.interrupt, [(*case, by) for case in cases for by in ("SIGINT", "SIGTERM")])

    def test_at_random_instants(self):
        for i in range(200 if LONG else 3):
            running = self.start("random", random.choice(MODES), steps=10**9)
            assert running.stdout is not None
            self.assertTrue(running.stdout.readline())
            time.sleep(random.uniform(0, 0.1))
            running.send_signal(signal.SIGINT)
            output, errors = running.communicate(timeout=300)
            self.assertEqual(-signal.SIGINT, running.returncode, output + errors)
            self.assertNotIn("ignored", errors)


class BrokenPipes(Trial):
    def test_what_the_program_has_chosen_for_them_stays(self):
        choices = ["signal.SIG_DFL", "signal.SIG_IGN", "lambda *_: None"]
        for i, choice in enumerate(choices):
            code = """
                bit = 1 << signal.SIGPIPE - 1
                with open("/proc/self/status") as status:
                    masks = {line.split()[0]: int(line.split()[1], 16) & bit != 0 for line in status if line.startswith(("SigIgn", "SigCgt"))}
                assert masks == {"SigIgn:": chosen == signal.SIG_IGN, "SigCgt:": callable(chosen) and not isinstance(chosen, signal.Handlers)}, masks
                """
            with open(self.program, "w") as file:
                file.write("import signal\nchosen = {}\nsignal.signal(signal.SIGPIPE, chosen)\n".format(choice) + PROGRAM)
            returned, output, all_of_it = self.play(str(i), place="restored", code=code)
            self.assertEqual(0, returned, all_of_it)


class ClosedStreams(Trial):
    def test_no_file_of_a_checkpoint_takes_the_place_of_one(self):
        with open(self.program, "w") as file:
            file.write("import os\nfor i in range(3):\n    os.close(i)\n" + PROGRAM)
        there = os.path.join(self.folder, "there")
        code = "with open({!r}, 'w') as file:\n    print([os.readlink('/proc/self/fd/%d' % i) for i in range(3)], file=file)".format(there)
        returned, output, all_of_it = self.play("closed", place="saving", code=code)
        self.assertEqual(0, returned, all_of_it)
        with open(there) as file:
            self.assertEqual(["/dev/null"] * 3, ast.literal_eval(file.read()))
        returned, output, all_of_it = self.play("closed", place="restored", code="os._exit(run.finished_before)")
        self.assertEqual(1, returned, all_of_it)


class Threads(Trial):
    def thread(self, place, code, then):
        with open(self.program) as file:
            program = file.read().replace("    main()\n", "    " + then.replace("\n", "\n    ") + "\n")
        with open(self.program, "w") as file:
            file.write(program)
        return self.play("thread", place=place, code=code, steps=10**6)

    def test_a_run_in_another_thread_hears_signals_and_stops(self):
        kill = "os.kill(os.getpid(), signal.SIGUSR2)\nwhile not run.stop_requested:\n    time.sleep(0.01)"
        returned, output, all_of_it = self.thread("saving", kill, "thread = threading.Thread(target=main)\nthread.start()\nthread.join()")
        self.assertIn("saved at step 5", all_of_it)
        self.assertNotIn("the last work", output, all_of_it)

    def test_a_loop_in_a_thread_that_the_program_leaves_behind_is_not_taken_for_finished(self):
        returned, output, all_of_it = self.thread(
            "saving", "ready.set()", "ready = threading.Event()\nthreading.Thread(target=main, daemon=True).start()\nready.wait()"
        )
        self.assertEqual(0, returned, all_of_it)
        self.assertNotIn("the last work", output, all_of_it)
        with open(self.program, "w") as file:
            file.write(PROGRAM)
        returned, output, all_of_it = self.play("thread", place="restored", code="os._exit(run.finished_before)")
        self.assertEqual(0, returned, all_of_it)
        self.assertNotEqual("at 0\n", output, all_of_it)

    # The program's end closes the run while such a thread is anywhere: `end` makes that long, else it would be there by chance alone.
    def test_whatever_a_thread_that_the_program_leaves_behind_calls_while_the_run_is_closed_the_program_ends_as_it_would(self):
        then = """
            def use():
                ready.set()
                while True:
                    CALL

            def end(*arguments, close=cairn.Run._end):
                closing.set()
                time.sleep(0.2)
                code = close(*arguments)
                time.sleep(0.2)
                return code

            cairn.Run._end = end
            ready, closing = threading.Event(), threading.Event()
            threading.Thread(target=main, daemon=True).start()
            ready.wait()
            """
        calls = [
            "closing.wait()\nreturn",
            "run.report(loss=1)",
            "run.stop_requested",
            "run.steps_done",
            "run.save_at_boundary()",
            "run.close()",
        ]
        for call in calls:
            with self.subTest(call):
                use = textwrap.dedent(then).replace("CALL", call.replace("\n", "\n" + 8 * " "))
                returned, output, all_of_it = self.thread("saving", "use()", use)
                self.assertEqual(0, returned, all_of_it)
                self.assertNotIn("Traceback", all_of_it)
                self.assertNotIn("the last work", output, all_of_it)
            with open(self.program, "w") as file:
                file.write(PROGRAM)

    def test_what_a_parts_function_throws_is_not_taken_by_a_thread_that_reports(self):
        with open(self.program, "w") as file:
            file.write(
                textwrap.dedent(
                    """
                    import cairn, sys, threading, time

                    class Mine(Exception):
                        pass

                    def get():
                        if run.steps_done == 3:
                            raise Mine()
                        return 1

                    def report():
                        while True:
                            run.report(load=1)

                    run = cairn.Run(sys.argv[1], save=cairn.every(steps=1), mode="synchronous")
                    run.track_value("one", get, lambda value: None)
                    try:
                        for step in run.steps(10):
                            if step == 0:
                                [threading.Thread(target=report, daemon=True).start() for _ in range(2)]
                    except Mine:
                        print("mine", flush=True)
                    """
                )
            )
        for i in range(3):
            returned, output, all_of_it = self.play(str(i))
            self.assertEqual((0, "mine\n"), (returned, output), all_of_it)

    def test_a_last_work_that_the_program_leaves_behind_ends_as_it_would(self):
        then = """
            def look():
                print("looked", run.steps_done, flush=True)

            def last():
                ready.set()
                while run._ending is None:
                    time.sleep(0.001)
                thread = threading.Thread(target=look, daemon=True)  # which it waits for
                thread.start()
                thread.join()
                try:
                    run.close()
                except cairn.MisuseError as error:
                    print("refused:", error, flush=True)

            ready = threading.Event()
            threading.Thread(target=main, daemon=True).start()
            ready.wait()
            """
        with open(self.program) as file:
            program = file.read().replace("    main()\n", textwrap.indent(textwrap.dedent(then), "    "))
        with open(self.program, "w") as file:
            file.write(program)
        returned, output, all_of_it = self.play("thread", place="last work", code="last()")
        self.assertEqual(0, returned, all_of_it)
        self.assertIn("looked 12\nrefused: the run is at work just now", output, all_of_it)
        self.assertNotIn("another thread", all_of_it.replace("or another thread can look", ""))
        returned, output, all_of_it = self.play("thread", place="restored", code="os._exit(run.finished_before)")
        self.assertEqual(1, returned, all_of_it)

    def test_what_the_end_waits_for_behind_the_run_is_not_held_for_ever(self):
        then = """
            def use():
                with lock:  # as a handler of logging has one
                    ready.set()
                    while True:
                        run.steps_done

            lock, ready = threading.Lock(), threading.Event()
            threading.Thread(target=main, daemon=True).start()
            ready.wait()
            """
        with open(self.program, "w") as file:
            file.write("import atexit\natexit.register(lambda: print('the end', lock.acquire(), flush=True))\n" + PROGRAM)
        returned, output, all_of_it = self.thread("saving", "use()", textwrap.dedent(then))
        self.assertEqual(0, returned, all_of_it)
        self.assertIn("the end True", output, all_of_it)


class Kills(Trial):
    def test_killed_at_random_instants_it_never_goes_on_from_a_torn_or_older_state_than_it_had(self):
        kills = 300 if LONG else 5
        at, steps = 0, 40 * kills
        for kill in itertools.count():
            if kill >= kills and at > 0:
                break
            running = self.start("killed", random.choice(MODES), steps=steps)
            assert running.stdout is not None
            first = running.stdout.readline().split()
            self.assertEqual("at", first[0] if first else "nothing: {}".format(running.communicate()))
            self.assertGreaterEqual(int(first[1]), at, "kill {}".format(kill))
            at = int(first[1])
            try:
                running.wait(random.uniform(0, 0.3) * max(1, kill - kills))  # a busy machine has to get anywhere
            except subprocess.TimeoutExpired:
                running.kill()
            output, errors = running.communicate(timeout=300)
            self.assertIn(running.returncode, (0, -signal.SIGKILL), output + errors)
        returned, output, all_of_it = self.play("killed", steps=at + 3)
        self.assertEqual(0, returned, all_of_it)
        self.assertGreater(at, 0)
        print("{} kills, {} steps".format(kills, at), file=sys.stderr)


def after(step):
    content = bytes(64)
    for _ in range(step):
        content = hashlib.blake2b(content).digest()
    return content


if __name__ == "__main__":
    unittest.main()
