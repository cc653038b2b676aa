"""Errors that users meet: one sentence each, naming the object, what was wrong and what to do."""


class NeuromemError(Exception):
    """Base of every error raised on purpose by neuromem."""


class DescriptionError(NeuromemError, ValueError):
    """A network description that cannot be run: the message starts with the object's name."""


class PatternError(NeuromemError, ValueError):
    """Patterns or fragments of the wrong shape, type or content."""


class CapacityError(NeuromemError, ValueError):
    """A memory that is full, or a key that it does not have."""


class TrainingError(NeuromemError, ArithmeticError):
    """A training step whose gradient cannot be used, because it is not finite."""


class StoreError(NeuromemError, OSError):
    """A file that cannot be read or written, or whose content is damaged, foreign or too new."""


class DataError(NeuromemError, ValueError):
    """A data set or image folder that does not hold what was expected."""


class UsageError(NeuromemError, ValueError):
    """An unknown experiment, parameter, rule or name in a call or command."""


class SweepError(NeuromemError, RuntimeError):
    """A sweep that stopped: a point that failed, or workers that cannot be reached or started."""


class NotSupportedError(NeuromemError):
    """A request that this object refuses by name, such as a network form it does not have."""


class FitError(NeuromemError, MemoryError):
    """A network that does not fit where it is to run: into memory, or onto a chip."""
