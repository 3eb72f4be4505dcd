"""Errors of Carto: one root, each message quotes the bad value and the remedy."""


class CartoError(Exception):
    """Any failure that Carto explains in one sentence: what, where and what to do."""


class RegistryError(CartoError):
    """A database is unknown, or its file in the registry is broken."""


class TableError(CartoError):
    """A table is missing, unreadable, can't be written, or doesn't follow its schema."""


class SourceError(CartoError):
    """A source answered something that isn't the record or page asked for."""


class DamagedAnswer(SourceError):
    """A source sent an empty, truncated or HTML answer: worth another try."""


class QuotaSpent(SourceError):
    """A source says that today's budget is gone: stop, don't retry."""


class UnknownIdentifier(SourceError):
    """A source answers that it doesn't know what was asked (HTTP 404): not a failure."""


class ReplayMiss(SourceError):
    """A replay asked for an answer that was never recorded."""


class FileFormatError(CartoError):
    """A bibliographic file, a gold file or a parameter file can't be read; the line is named."""


class QueryError(CartoError):
    """A query can't be parsed; the place is shown."""


class NotebookError(CartoError):
    """A notebook got an unknown or ill-typed parameter, or one of its cells failed."""


class ReferenceDataError(CartoError):
    """Reference data (ROR, RNSR, places) are missing, truncated or of another schema."""
