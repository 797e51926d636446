"""Everything mmreason raises on purpose."""


class MMReasonError(Exception):
    """Base: catch this to catch every error that is ours. Its message is one line that a user can act on."""

    code = 2
    """What the command line exits with."""


class RecipeError(MMReasonError, ValueError):
    """The recipe cannot run: found before the first rollout."""


class PromptError(RecipeError):
    """No forward can take a prompt: too long for context or budget, empty, or with media for a text model."""

    def __init__(self, message: str, prompt: object) -> None:
        super().__init__(message)
        self.prompt = prompt


class SignalError(MMReasonError, KeyError):
    """A term read a signal that nobody recorded."""

    def __str__(self) -> str:
        """Give the message itself: ``KeyError`` would quote it."""
        return str(self.args[0]) if self.args else ""


class DataError(MMReasonError, ValueError):
    """A record cannot be used: the message names file, line, what is wrong and what to do."""


class CheckpointError(MMReasonError, ValueError):
    """A checkpoint is incomplete, damaged, or of another run or architecture."""


class CheckError(MMReasonError, RuntimeError):
    """A check at the start of the run failed: training on would teach the wrong thing."""


class Elsewhere(MMReasonError):
    """Another rank has failed, and says why."""
