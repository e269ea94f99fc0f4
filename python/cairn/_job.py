"""Stop and resume with Cairn, for programs in Python. One file, standard library only, Python 3.6 or newer.

    import cairn                                  # first of all: from here on no warning kills the program

    folder = cairn.checkpoint_dir("checkpoints")
    step = restore(folder)
    while step < steps:
        train(step)
        step += 1
        if cairn.stop_requested(seconds_needed=60):
            save(folder, step)
            cairn.exit_for_requeue()              # does not return
    cairn.finished()

It works under `cairn run`, under `cairn local`, on a plain Slurm, and without any of them.
"""

import atexit
import contextlib
import fcntl
import json
import math
import mmap
import multiprocessing.process
import os
import queue
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from typing import Any, Callable, Dict, NoReturn, Optional, Tuple, TypeVar, Union

_Other = TypeVar("_Other")

__all__ = ["attempt", "checkpoint_dir", "deadline", "exit_for_requeue", "finished", "listen", "never_again", "report", "stop_requested"]

DONE = 0
REQUEUE_FAILED = 69  # EX_UNAVAILABLE
REQUEUE_ME = 75  # EX_TEMPFAIL
NEVER_AGAIN = 78  # EX_CONFIG
_LONGEST_REASON = 500  # letters; `cairn run` reads 4 kB, and JSON makes six bytes of one
TERMINATED = 143

_PATIENCE = 30.0  # seconds for Slurm's answer, tries included
_LOOK_AGAIN = 0.5  # seconds between two looks at the status file
_BEGAN = time.time()
_WARNINGS = (signal.SIGUSR1, signal.SIGUSR2)

# The page that this process shares with its wrapper: words of 8 bytes (docs/run.md), and what the wrapper writes into the third of these.
_PAGE = struct.Struct("=8s15q")
_PASSED, _WANTS, _STATE, _STOP, _BEAT = range(8, 13)
_UNDECIDED, _TOGETHER, _HELD, _STOPS = range(4)
_GONE = 60.0  # seconds in which the wrapper does nothing at all

# A line a second at most, and rarer the longer it takes: some 60,000 in a month.
_REPORT_EVERY = 1.0
_REPORTS = 10_000
_REPORTS_WAITING = 100


# The same page where there is one, and this process does not want to stop: then a step has nothing else to look at.
_quick: Any = None

_FIRST_IMPORT = "_State" not in globals()  # a reload runs this again, over what is there and in use

if _FIRST_IMPORT:
    _forking = threading.local()  # the mask of a thread that is just forking

    class _State:
        owner: Optional[int] = None  # the process that listens; a fork of it does not
        warning: Optional[int] = None
        requested = False
        previous: Dict[int, Any] = {}
        looked_at = float("-inf")
        termed = False
        longest = 0.0  # seconds from the begin to the end, before that was pulled in
        said_cut = False
        task: Optional[Tuple[str, Optional[str]]] = None  # the element's number, and whose job that was found to be
        status: Dict[str, Any] = {}
        folder: Optional[str] = None  # where relative paths of the environment begin
        page: Any = None  # the words; empty where there is no page
        page_file: Any = None  # open as long as this process lives: by its lock the wrapper knows that it does
        asked = 0  # how often, where the program does not say at which step it is
        look_again = float("-inf")
        beat = 0
        beat_at = 0.0
        said_apart = False
        tell: Optional[
            Callable[[int], bool]
        ] = None  # who else is told of a signal, by its number; it calls what was there before where it says so
        report: Optional[Callable[[Dict[str, Any]], None]] = None  # a cairn.Run, which knows its step
        report_again = float("-inf")  # when a report is written down the next time
        reported: Optional[Tuple[int, Optional[int]]] = None  # a step that is not
        reports: Any = None  # the lines, on their way to the thread that writes
        reports_of: Optional[int] = None  # whose thread that is

    with contextlib.suppress(OSError):  # it may be removed
        _State.folder = os.getcwd()


# ---- what the program asks ----


def stop_requested(seconds_needed: float = 0, step: Optional[int] = None) -> bool:
    """Whether to save and leave. Cheap: ask it at every step.

    seconds_needed: how long the next step and a save take together; then it is true also when less is left of the job's time.
    step: how many steps are done. With several ranks under `cairn run` all of them get the same answer at the same step. Without it the
    calls are counted: then every rank has to ask equally often.
    """
    page = _quick
    if page is not None and (not seconds_needed or time.monotonic() < _State.look_again):
        if step is None:
            step = _State.asked = _State.asked + 1
        page[_PASSED] = step
        if page[_STATE] == _TOGETHER:
            return False
    return _answer(seconds_needed, step)


def _answer(seconds_needed: float, step: Optional[int]) -> bool:
    global _quick
    page = _State.page
    if page is None:
        page = _State.page = _open_page()
    if not page:
        return _flag(seconds_needed)
    if step is None:
        step = _State.asked = _State.asked + 1
    _quick = page
    if _State.requested or page[_WANTS]:  # by now, too: the handler may have come between these lines
        _quick = None
    page[_PASSED] = step
    if page[_STATE] == _TOGETHER and not seconds_needed and not _State.requested:
        return False
    return _agree(page, step, seconds_needed)


def _flag(seconds_needed: float) -> bool:
    # What this process knows by itself.
    return _State.requested or _status().get("stop_requested") is True or _is_short(seconds_needed)


def _is_short(seconds_needed: float) -> bool:
    if seconds_needed > 0:
        end = deadline()
        return end is not None and time.time() + _cut(seconds_needed * _rehearsal(), end) >= end
    return False


def _rehearsal() -> float:
    # `cairn local --rehearse` plays hours in seconds: what comes before the end shrinks with them.
    job, _, factor = os.environ.get("CAIRN_REHEARSAL", "").partition(":")
    try:
        return float(factor) if job == os.environ.get("SLURM_JOB_ID") and 0 < float(factor) < 1 else 1
    except ValueError:
        return 1


def _cut(seconds_needed: float, end: float) -> float:
    # At least half of the time is for work: a job that stops after its first step comes back for ever, and gets on by a step each time.
    began = _whole("SLURM_JOB_START_TIME", 0)
    _State.longest = max(_State.longest, end - (began if 0 < began < _BEGAN else _BEGAN))
    if seconds_needed <= _State.longest / 2:
        return seconds_needed
    if not _State.said_cut:
        _State.said_cut = True
        _say(
            "{:g} s before the end to stop leave less than half of {:.0f} s for work: {:.0f} s are taken".format(
                seconds_needed, _State.longest, _State.longest / 2
            )
        )
    return _State.longest / 2


def deadline() -> Optional[float]:
    """When nothing can be saved any more, in unix seconds; None where nobody says. It moves: do not keep it."""
    told: Any = _status().get("deadline_unix")
    if _is_number(told):
        return float(told)
    if _State.termed:
        return None  # the KILL comes after a time that nobody has told
    try:
        end = float(os.environ.get("SLURM_JOB_END_TIME", ""))
    except ValueError:
        return None
    return end if end > 0 else None


def checkpoint_dir(default: str = "checkpoints") -> str:
    """The folder for checkpoints, made when it is missing. An element of a job array gets one of its own."""
    folder = _path_from_wrapper("CAIRN_CHECKPOINT_DIR")
    if not folder:
        task = _task()
        folder = "{}-{}".format(default, task) if task else default
    folder = os.path.abspath(folder)
    os.makedirs(folder, exist_ok=True)
    return folder


def attempt() -> int:
    """Which life of the job this is, from 1."""
    told = _int(_from_wrapper("CAIRN_ATTEMPT"), 0)
    return told if told > 0 else _whole("SLURM_RESTART_COUNT", 0) + 1


def finished() -> bool:
    """Says that the work is done, so that nobody starts the job again. Returns whether somebody wanted to know. It never raises."""
    told = _tell("done")
    path = _path_from_wrapper("CAIRN_DONE_FILE")
    if not path:
        return told
    problem = _put(path, "attempt {}\n".format(attempt()))
    if problem and not told:
        _say("the work is done, but {} cannot be written, so the job may be started once more: {}".format(path, problem))
    return told or not problem


def report(step: int, total: Optional[int] = None, **values: Any) -> None:
    """Says how many steps are done, of how many, and what came of them: report(step, 5000, loss=loss). `cairn status`, `cairn metrics` and the journal
    tell of it.

    Cheap, and nothing waits for it: call it at every step. One report a second counts, and in a long job fewer; the values of the others are not looked
    at, so a tensor is brought from its device no more often. Of several ranks the first one's counts. Where nobody wants to know nothing is done.
    """
    to_run = _State.report
    if to_run is not None:
        to_run(values)
    elif time.monotonic() >= _State.report_again:
        _report(step, total, values)
    else:
        _State.reported = step, total


def never_again(why: object = "") -> NoReturn:
    """Leaves the program so that nobody starts the job again, with exit code 78: what is wrong would be wrong next time, too."""
    _tell("never", **({"why": str(why)[:_LONGEST_REASON]} if why else {}))
    if why:
        _say("not to be started again: {}".format(why))
    _leave(NEVER_AGAIN)


def exit_for_requeue(step: Optional[int] = None) -> NoReturn:
    """Leaves the program so that the job is started again. Everything must be on disk: a requeue kills within milliseconds.

    step: the step that is saved; it stands in the log then.
    With several ranks call it in all of them, after a barrier that follows the save; the first one alone requeues.
    """
    if _from_wrapper("CAIRN_REQUEUE") == "wrapper":
        told = {} if step is None else {"step": _int(step, None)}  # NumPy's and torch's numbers too
        _tell("stopped", **told)  # a launcher in between would make 1 of the exit code
        _leave(REQUEUE_ME)
    if not os.environ.get("SLURM_JOB_ID"):
        _say("stopped, and there is no Slurm to requeue it: start it again to go on")
        _leave(REQUEUE_ME)
    if _rank() != 0:
        _leave(DONE)
    code, words = _requeue()
    _say(words)
    _leave(code)


def _leave(code: int) -> NoReturn:
    if threading.current_thread() is threading.main_thread():
        sys.exit(code)
    # There sys.exit ends that thread alone, and the program would go on.
    _last_report()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


def _tell(says: str, **more: object) -> bool:
    """Tells the wrapper by a file of this process's own. Returns whether there is one that is told."""
    folder = _path_from_wrapper("CAIRN_SAYS_DIR")
    if not folder:
        return False
    told: Dict[str, object] = {"says": says, "attempt": attempt(), "rank": _global_rank()}
    told.update(more)
    path = os.path.join(folder, "{}-{}.json".format(socket.gethostname(), os.getpid()))
    problem = _put(path, json.dumps(told))
    if problem:
        _say("{} cannot be written, only the exit code tells `cairn run` what is to follow: {}".format(path, problem))
    return not problem


def _put(path: str, text: str) -> Optional[str]:
    """A file, durable and all or nothing. Returns what went wrong."""
    temporary = "{}.{}.{}.new".format(path, socket.gethostname(), os.getpid())
    try:
        try:
            with open(temporary, "w") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:  # a handler of the program's own may raise in between
            if os.path.exists(temporary):
                os.unlink(temporary)
            raise
        folder = os.open(os.path.dirname(path), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        return str(error)
    return None


# ---- what it reports ----


def _report(step: Any, total: Any, values: Dict[str, Any]) -> None:
    path = _path_from_wrapper("CAIRN_REPORTS")
    if not path or _is_worker():
        _State.report_again = float("inf")
        return
    now = time.time()
    _State.report_again = time.monotonic() + max(_REPORT_EVERY, (now - _BEGAN) / _REPORTS)
    _State.reported = None
    if _place()[0] != 0:
        return
    head: Dict[str, Any] = {"step": _int(step, None)}
    if head["step"] is None or head["step"] < 0:
        _say("report({!r}) says no number of steps: it is left out".format(step))
        return
    if total is not None:
        head["total"] = _int(total, None)
    instant = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + ".{:03d}Z".format(int(now % 1 * 1000))
    lines = []
    for name, value in values.items():
        number = _real(value)
        if number is None:
            _say("report({}={!r}) is no number: it is left out".format(name, value))
        else:
            lines.append(dict(head, metric=name, value=number, time=instant))
    _write_later(path, "".join(json.dumps(line) + "\n" for line in lines or [dict(head, time=instant)]))


def _real(value: Any) -> Union[float, str, None]:
    try:
        number = float(value)
    except (TypeError, ValueError, RuntimeError):
        return None
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def _write_later(path: str, lines: str) -> None:
    # A file system that stalls holds no training up: what it does not take meanwhile is left out.
    if _State.reports is None or _State.reports_of != os.getpid():
        _State.reports, _State.reports_of = queue.Queue(_REPORTS_WAITING), os.getpid()
        threading.Thread(target=_write_reports, args=(path, _State.reports), name="cairn reports", daemon=True).start()
        atexit.register(_last_report)
    with contextlib.suppress(queue.Full):
        _State.reports.put_nowait(lines)


def _write_reports(path: str, waiting: Any) -> None:
    said = False
    while True:
        lines = waiting.get()
        if not isinstance(lines, str):
            lines.set()  # whoever waits for the last one
            continue
        try:
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
            try:
                os.write(file, lines.encode())
            finally:
                os.close(file)
        except OSError as error:
            if not said:
                _say("what the program reports cannot be written: {}".format(error))
            said = True


def _last_report() -> None:
    if _State.reports is None or _State.reports_of != os.getpid():
        return
    if _State.reported is not None:
        _report(*_State.reported, {})
    written = threading.Event()
    with contextlib.suppress(queue.Full):
        _State.reports.put_nowait(written)
        written.wait(2)


# ---- with other ranks ----


def _agree(page: Any, step: int, seconds_needed: float) -> bool:
    # By now the wrapper sees where this process is; whatever it says from here on holds for the next step.
    state = page[_STATE]
    if state in (_UNDECIDED, _TOGETHER):
        if not page[_WANTS] and _wants_to_stop(seconds_needed):
            page[_WANTS] = 1
        return bool(page[_WANTS]) and _is_lost(page) and _flag(seconds_needed)
    while state == _HELD:
        time.sleep(0.001)
        if _is_lost(page):
            break
        state = page[_STATE]
    if state == _STOPS:
        return bool(step >= page[_STOP])
    return _flag(seconds_needed)


def _wants_to_stop(seconds_needed: float) -> bool:
    # What the status file says the wrapper knows: it has written it.
    if _State.requested or seconds_needed <= 0:
        return _State.requested
    now = time.monotonic()
    if now < _State.look_again:
        return False
    _State.look_again = now + _LOOK_AGAIN
    return _is_short(seconds_needed)


def _is_lost(page: Any) -> bool:
    """Whether nobody is there any more who could say when to stop."""
    global _quick
    now = time.monotonic()
    if page[_BEAT] != _State.beat or not _State.beat_at:
        _State.beat, _State.beat_at = page[_BEAT], now
        return False
    if now - _State.beat_at < _GONE:
        return False
    time.sleep(5)  # both may have been stopped, and this one goes on first
    if page[_BEAT] != _State.beat:
        return False
    _quick = None
    _State.page = ()
    _apart("`cairn run` does not answer any more")
    return True


def _open_page() -> Any:
    """This process's page; empty where it is alone, or nobody reads it."""
    rank, size = _place()
    if size < 2 or multiprocessing.process.current_process().daemon:  # a data loader's worker is no rank
        return ()
    folder = _path_from_wrapper("CAIRN_PAGES")
    if not folder:
        if rank == 0:
            _apart(
                "CAIRN_PAGES names no folder; put `cairn run` around what starts the ranks, and `cairn run --task` around each task of srun"
            )
        return ()
    path = os.path.join(folder, "{}-{}".format(rank, os.urandom(8).hex()))
    try:
        file = open(path + ".new", "w+b", buffering=0)
        try:
            locked = 1
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                locked = 0
            file.write(_PAGE.pack(b"CAIRNPG1", rank, size, attempt(), *_machine(), locked, 0, -1, 0, _UNDECIDED, 0, 0, 0, 0, 0))
            page = memoryview(mmap.mmap(file.fileno(), _PAGE.size)).cast("q")
            os.rename(path + ".new", path + ".page")
        except BaseException:
            file.close()
            raise
    except (OSError, ValueError) as error:
        _apart("{} cannot be made: {}".format(path, error))
        return ()
    _State.page_file = file
    return page


def _apart(why: str) -> None:
    if not _State.said_apart:
        _State.said_apart = True
        _say("the ranks are not brought to stop at one step: {}. Each answers for itself; they can agree by a collective".format(why))


def _machine() -> Tuple[int, int]:
    # Two numbers that no other machine has.
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            first, second = struct.unpack("=2q", bytes.fromhex(file.read().strip().replace("-", "")))
        return first, second
    except (OSError, ValueError, struct.error):
        return 0, 0


def _place() -> Tuple[int, int]:
    """This process's rank, and how many there are."""
    distributed = sys.modules.get("torch.distributed")
    with contextlib.suppress(AttributeError, RuntimeError, ValueError):
        if distributed is not None and distributed.is_initialized():
            return int(distributed.get_rank()), int(distributed.get_world_size())
    for rank, size in (("RANK", "WORLD_SIZE"), ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), ("PMI_RANK", "PMI_SIZE")):
        if _whole(rank, -1) >= 0 and _whole(size, 0) > 0:
            return _whole(rank, 0), _whole(size, 0)
    if os.environ.get("SLURM_STEP_ID"):
        return _rank(), _whole("SLURM_STEP_NUM_TASKS", _whole("SLURM_NTASKS", 1))
    return 0, 1


# ---- signals ----


def listen(warning: Union[str, int] = "USR2") -> None:
    """Listens to the warning signal, and to TERM. The import has done that for USR2: call it for another one."""
    number = getattr(signal, "SIG" + warning.upper().replace("SIG", "", 1), None) if isinstance(warning, str) else warning
    if number is None or number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGINT):
        raise ValueError("{!r} is no warning signal: use USR1 or USR2".format(warning))
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("only the main thread may listen to signals: import cairn there")
    if _State.warning is not None and _State.warning != number:
        _restore(_State.warning)
    _State.warning = number
    _State.owner = None if _is_worker() else os.getpid()
    _hear(number)
    if _State.owner is not None:
        _hear(signal.SIGTERM)  # a worker is ended by TERM, by the process that started it


def _listen_here() -> None:
    """Who opens a run is no worker of somebody else's, however the process came to be: its warnings and its TERM are the run's."""
    if _State.owner == os.getpid():
        return
    if threading.current_thread() is not threading.main_thread():
        _say(
            "this process was started by another one of Python's, and its run is opened in another thread than the main one: it hears no signal"
        )
        return
    listen(_State.warning or "USR2")
    _State.owner = os.getpid()
    _hear(signal.SIGTERM)


def _hear(number: int) -> None:
    there = signal.getsignal(number)
    if not _is_ours(there):
        _State.previous[number] = there
    signal.signal(number, _on_signal)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])  # a launcher may have left it blocked


def _restore(number: int) -> None:
    if number in _State.previous and _is_ours(signal.getsignal(number)):
        previous = _State.previous.pop(number)
        signal.signal(number, signal.SIG_DFL if previous is None else previous)


def _is_ours(handler: Any) -> bool:
    return getattr(handler, "__globals__", None) is globals()  # that of before a reload too


def _on_signal(number: int, frame: Any) -> None:
    global _quick
    if os.getpid() != _State.owner:
        _on_signal_in_worker(number, frame)
        return
    _quick = None
    _State.requested = True
    _State.termed = _State.termed or number == signal.SIGTERM
    if _State.tell is None or not _State.tell(number):
        _call_previous(number, frame)


def _call_previous(number: int, frame: Any) -> None:
    previous = _State.previous.get(number)
    if callable(previous):
        previous(number, frame)


def _on_signal_in_worker(number: int, frame: Any) -> None:
    # Where Slurm signals descendants too, the workers must live on while the program saves: the warning is not theirs. TERM is
    # how the program itself ends them.
    if number != signal.SIGTERM:
        return
    previous = _State.previous.get(number)
    if callable(previous):
        previous(number, frame)
    elif previous != signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


def _before_fork() -> None:
    # A TERM that comes to the child before it has its own way with it would be lost: Python forgets what came by then.
    _forking.mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])


def _after_fork_in_parent() -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, _forking.mask)


def _after_fork_in_child() -> None:
    global _quick
    _quick = None
    if _State.page:
        _State.page = ()  # it is the parent's
    # At once, not only when its interpreter comes round to a handler: a worker may be deep in native code.
    try:
        _restore(signal.SIGTERM)
    except ValueError:
        pass  # forked by another thread of an old Python; the handler looks at the process as well
    signal.pthread_sigmask(signal.SIG_SETMASK, _forking.mask)


def _is_worker() -> bool:
    # One that was spawned imports the program anew.
    return multiprocessing.process.current_process().name != "MainProcess"


# ---- Slurm ----


def _requeue() -> Tuple[int, str]:
    job = target = _job_id()
    until = time.monotonic() + _PATIENCE
    end = deadline()
    if end is not None:
        until = min(until, time.monotonic() + max(2.0, end - time.time() - 2.0))
    pause = 1.0
    while True:
        told, problem = _ask(job)
        target = (told or {}).get("HetJobId", target)  # only the leader is requeued, and the others with it
        by_hand = "to do it by hand, unless it was cancelled: scontrol requeue " + target
        if told is not None:
            code, words = _verdict(told)
            if code is not None:
                return code, words
            outcome, problem = _put_back(target)
            if outcome:
                return DONE, "{}: job {} is requeued".format(words, target)
            if outcome is False:
                return REQUEUE_FAILED, "saved, but not requeued: {}; {}".format(problem, by_hand)
        if _is_final(problem) or time.monotonic() + pause > until:
            return REQUEUE_FAILED, "saved, but not requeued: {}; {}".format(problem, by_hand)
        time.sleep(pause)
        pause = min(pause * 2, 8.0)


def _verdict(told: Dict[str, str]) -> Tuple[Optional[int], str]:
    """An exit code and why, where the job is not to be requeued; (None, why) where it is. The first that fits."""
    state, reason = told.get("JobState", ""), told.get("Reason", "None")
    going_on = state in ("RUNNING", "SUSPENDED", "STOPPED", "CONFIGURING", "RESIZING", "SIGNALING", "STAGE_OUT")
    queued = state in ("PENDING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT")
    if queued or _int(told.get("Restarts"), 0) > _whole("SLURM_RESTART_COUNT", 0):
        return DONE, "the job is back in the queue already"
    if told.get("BatchFlag") == "0":
        return REQUEUE_FAILED, "an interactive allocation cannot be requeued; start the program in a new one, and it goes on"
    if reason == "TimeLimit" or state == "TIMEOUT":
        return None, "the time limit has passed"
    if told.get("PreemptTime", "None") not in ("None", "", "0"):
        if going_on and not _preemption_cancels():
            return None, "preempted"
        return TERMINATED, "preempted for good: not requeued"
    if going_on:
        return None, "stopped before its end"
    if state == "COMPLETING" and told.get("ExitCode", "").split(":")[-1] in [str(int(number)) for number in _WARNINGS]:
        return None, "the warning killed the batch shell"
    return TERMINATED, "the job is {} by Slurm's word: not requeued".format(state)


def _ask(job: str) -> Tuple[Optional[Dict[str, str]], Optional[str]]:
    code, output, problem = _scontrol("show", "job", job)
    told = _parse(output) if code == 0 else {}
    return (told, None) if "JobState" in told else (None, problem or "scontrol said nothing of job " + job)


def _parse(text: str) -> Dict[str, str]:
    # A user's own words, as a job's name, can hold Key=Value too: only the lines count that begin with a key of Slurm's.
    first = ("JobState", "Requeue", "StartTime", "PreemptEligibleTime", "PreemptTime")
    told: Dict[str, str] = {}
    for line in text.splitlines():
        words = line.split()
        if words and words[0].startswith("JobId="):
            key, _, value = words[1].partition("=") if len(words) > 1 else ("", "", "")
            if key in ("ArrayJobId", "HetJobId"):  # else it is the job's name
                told.setdefault(key, value)
        elif words and words[0].split("=")[0] in first:
            for word in words:
                key, equals, value = word.partition("=")
                if equals:
                    told.setdefault(key, value)
        elif not words and told:
            break  # of several records the first
    return told


def _preemption_cancels() -> bool:
    partition = os.environ.get("SLURM_JOB_PARTITION")
    code, output, _ = _scontrol("show", "partition", partition) if partition else (1, "", None)
    modes = [word.split("=", 1)[1] for word in output.split() if word.startswith("PreemptMode=")] if code == 0 else []
    return any("CANCEL" in mode.split(",") for mode in modes)


def _put_back(target: str) -> Tuple[Optional[bool], Optional[str]]:
    """True: it is in the queue. False: Slurm refuses. None: no answer."""
    for switch_on in (True, False):
        code, _, problem = _scontrol("requeue", target)
        if code == 0 or (problem and "pending execution" in problem.lower()):
            return True, None
        if not (switch_on and problem and "disabled" in problem.lower()):
            break
        if _scontrol("update", "jobid=" + target, "Requeue=1")[0] != 0:
            break
    return (False if _is_final(problem) else None), problem


def _scontrol(*arguments: str) -> Tuple[Optional[int], str, Optional[str]]:
    environment = dict(os.environ, SLURM_TIME_FORMAT="%s", LC_ALL="C")
    try:
        done = subprocess.run(
            ["scontrol"] + list(arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            timeout=10,
        )
    except FileNotFoundError:
        return None, "", "there is no scontrol here (in a container let `cairn run` outside requeue)"
    except subprocess.TimeoutExpired:
        return None, "", "scontrol did not answer in 10 s"
    except OSError as error:
        return None, "", "scontrol cannot be started: {}".format(error)
    said = "; ".join(line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip())
    return done.returncode, done.stdout.decode("utf-8", "replace"), said or "scontrol ended with code {}".format(done.returncode)


def _is_final(problem: Optional[str]) -> bool:
    final = (
        "no scontrol here",
        "invalid job id",
        "invalid user id",
        "permission denied",
        "presently disabled",
        "already finished",
        "already completing or completed",
        "only batch jobs",
        "job leader",
    )
    return any(words in (problem or "").lower() for words in final)


def _job_id() -> str:
    # The last element of an array has the array's own id: that would name, and requeue, every element. Each other one's names it alone.
    job, array, task = (os.environ.get(name, "") for name in ("SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID"))
    return "{}_{}".format(array, task) if task and array == job else job


def _task() -> Optional[str]:
    """This job's number in a job array; None outside of one.

    A job that is submitted from inside of an element inherits the variables that name that one, and Slurm sets none in their place: its folder
    is not this job's. Decided once, so that the folder stays the same.
    """
    job, array, task = (os.environ.get(name) for name in ("SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID"))
    if not task or not job or array in (None, "", job) or os.environ.get("CAIRN_WRAPPED_JOB") == job:
        return task or None  # who has the array's number is an element of it; and `cairn run` has asked
    if not _State.task or _State.task[0] != job:
        told, problem = _ask(job)
        _State.task = (job, task if told is None or "ArrayJobId" in told else None)
        if told is None and _rank() == 0:
            _say(
                "job {} is taken for element {} of array {}, as its variables say, for Slurm does not say whose they are: {}".format(
                    job, task, array, problem
                )
            )
    return _State.task[1]


def _rank() -> int:
    return _whole("SLURM_PROCID", 0) if os.environ.get("SLURM_STEP_ID") else 0


def _global_rank() -> int:
    # torchrun, accelerate and deepspeed say it by RANK, srun by SLURM_PROCID.
    told = _whole("RANK", -1)
    return told if told >= 0 else _rank()


# ---- small things ----


def _status() -> Dict[str, Any]:
    now = time.monotonic()
    if now - _State.looked_at >= _LOOK_AGAIN:
        _State.looked_at = now
        _State.status = _read_status()
    return _State.status


def _read_status() -> Dict[str, Any]:
    path = _path_from_wrapper("CAIRN_STATUS")
    if not path:
        return {}
    try:
        with open(path, "rb") as file:
            told = json.loads(file.read(65536).decode("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}  # not there yet, or not reachable from inside a container: signals and variables are left
    return told if isinstance(told, dict) else {}


def _from_wrapper(name: str) -> Optional[str]:
    # A job that is submitted from inside another one inherits that one's variables, and is not wrapped by its wrapper.
    wrapped = os.environ.get("CAIRN_WRAPPED_JOB")
    if wrapped and os.environ.get("SLURM_JOB_ID") and wrapped != os.environ["SLURM_JOB_ID"]:
        return None
    return os.environ.get(name)


def _path_from_wrapper(name: str) -> Optional[str]:
    path = _from_wrapper(name)
    return os.path.join(_State.folder, path) if path and _State.folder else path  # the program may have gone elsewhere since


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < float("inf")


def _whole(name: str, otherwise: int) -> int:
    return _int(os.environ.get(name), otherwise)


def _int(text: Any, otherwise: _Other) -> Union[int, _Other]:
    try:
        return int(text)
    except (TypeError, ValueError):
        return otherwise


def _say(words: str) -> None:
    # What is unprintable in it, as in a path or an answer of Slurm's, neither moves the cursor nor begins a line.
    line = "".join(letter if letter.isprintable() else "\\u{{{:x}}}".format(ord(letter)) for letter in words)
    with contextlib.suppress(OSError, ValueError, AttributeError):  # it is closed, or nobody reads it
        sys.stderr.write("cairn: {}\n".format(line))
        sys.stderr.flush()


if _FIRST_IMPORT and hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
if threading.current_thread() is threading.main_thread():
    listen()
elif _State.owner is None and not _is_worker():
    _say("imported in another thread than the main one, so it hears no signal: import cairn at the program's begin")
