"""When to save, and what to keep."""

from typing import Any, List, Sequence, Tuple, Union


class Schedule:
    """When to save, besides at the last step and at a stop."""

    def __init__(self, *options: str) -> None:
        self._options: Tuple[str, ...] = options


class Policy:
    """Which checkpoints to keep. At least the two newest always stay."""

    def __init__(self, *options: str) -> None:
        self._options: Tuple[str, ...] = options


Schedules = Union[Schedule, Sequence[Schedule]]
Policies = Union[Policy, Sequence[Policy]]


def every(*, steps: int = 0, seconds: float = 0, minutes: float = 0, hours: float = 0) -> Schedule:
    """After so many steps, or so much time; of both what comes first."""
    time = seconds + 60 * minutes + 3600 * hours
    options = (["save-every-steps={}".format(steps)] if steps else []) + (["save-every-seconds={!r}".format(float(time))] if time else [])
    if not options:
        raise ValueError("every() wants steps, seconds, minutes or hours")
    return Schedule(*options)


def within_overhead(percent: float) -> Schedule:
    """As often as saves cost no more than this share of the time, by what they are measured to cost."""
    return Schedule("save-within-overhead={!r}".format(float(percent)))


def optimal(*, hours_between_interruptions: float) -> Schedule:
    """So often that the least is lost by saves and interruptions together (Daly), for this mean time between interruptions."""
    return Schedule("save-optimal-seconds={!r}".format(3600.0 * hours_between_interruptions))


def never() -> Schedule:
    """Only at the last step and at a stop."""
    return Schedule("save=never")


def keep_last(count: int) -> Policy:
    """The newest ones."""
    return Policy("keep-last={}".format(count))


def keep_every(steps: int) -> Policy:
    """Those whose step is a multiple of this."""
    return Policy("keep-every={}".format(steps))


def keep_best(metric: str, count: int = 1, *, highest: bool = False) -> Policy:
    """Those with the best values of a metric, which the run reports; the step of each report is saved for it."""
    return Policy("{}:{}={}".format("keep-best-highest" if highest else "keep-best", count, metric))


def keep_all() -> Policy:
    """All of them."""
    return Policy("keep=all")


def options_of_save(chosen: Schedules) -> List[str]:
    """The engine's options for one schedule or several."""
    return _options_of(chosen, Schedule, "save= takes cairn.every(minutes=10) and the like, one or several")


def options_of_keep(chosen: Policies) -> List[str]:
    """The same for what is kept."""
    return _options_of(chosen, Policy, "keep= takes cairn.keep_last(3) and the like, one or several")


def _options_of(chosen: Any, kind: Any, takes: str) -> List[str]:
    several = list(chosen) if isinstance(chosen, (list, tuple)) else [chosen]
    if not several or not all(isinstance(one, kind) for one in several):
        raise TypeError("{}; this is {!r}".format(takes, chosen))
    return [option for one in several for option in one._options]
