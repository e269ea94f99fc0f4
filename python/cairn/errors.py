"""What can go wrong, by name. Each has the exit code with which a program should end that does not handle it."""

FAILED = 1


class CairnError(Exception):
    """The root of all. The message names what is wrong and what to do."""

    def __init__(self, message: str, exit_code: int = FAILED) -> None:
        super().__init__(message)
        #: 78 where another start would fail in the same way, so that nobody starts the job again.
        self.exit_code = exit_code


class MisuseError(CairnError, RuntimeError):
    """A call that is wrong there, or an argument that cannot be."""


class MismatchError(CairnError):
    """The checkpoint does not fit what the program tracks. All differences are named, and nothing was touched."""


class NoCheckpointError(CairnError):
    """There are checkpoints, and none of them can be used."""


class UnreadableError(CairnError):
    """A checkpoint cannot be read just now. That is no damage, so no older one is taken."""


class ConditionError(CairnError):
    """The run is strict, and a condition of exactness is another than before."""


class FolderError(CairnError):
    """The folder cannot be made or written."""


class FolderInUseError(FolderError):
    """Another attempt or job that still lives has the folder."""


class SupersededError(CairnError):
    """A later attempt has taken the folder."""


class UntrackableError(CairnError, TypeError):
    """Something was to be tracked that cannot be saved and put back exactly. The message has its path."""


class NotWrittenError(CairnError):
    """A save failed."""


class RankError(CairnError):
    """The ranks do not come together."""


NEVER_REQUEUE = 78

_OF = {
    2: MisuseError,
    3: MisuseError,
    10: MismatchError,
    11: NoCheckpointError,
    12: UnreadableError,
    13: ConditionError,
    14: FolderInUseError,
    15: FolderError,
    16: SupersededError,
    17: UntrackableError,
    18: NotWrittenError,
    19: RankError,
}


def of_code(code: int, text: str, exit_code: int) -> CairnError:
    return _OF.get(code, CairnError)(text, exit_code)
