"""Everything that can go wrong in the store; each message is one sentence with the repair.

StoreError
├── StoreUrlError           the database URL names no store we know
├── StoreBusyError          another process holds the DuckDB file
├── StoreUnreachableError   no server, no such folder, connection lost
├── StoreNotMigratedError   the tables are missing or older than this program
├── StoreNewerError         the tables are newer than this program
├── ForeignSchemaError      our table names exist, but we did not make them
├── MigrationError          a migration failed or was edited after it had been applied
├── NotFoundError           the row asked for does not exist
├── ConflictError           the row exists, is in use, or changed at the same moment
├── RefusedValueError       a value does not fit its column (too large, not allowed, missing)
├── StoreDeniedError        the account may not do what was asked
├── BackupError             a backup cannot be taken or restored, or is damaged
└── UnsupportedError        this engine, or this state of the store, cannot do what was asked
"""


class StoreError(Exception):
    """Base of all errors of the store."""


class StoreUrlError(StoreError):
    """The database URL names no store we know."""


class StoreBusyError(StoreError):
    """Another process holds the DuckDB file."""


class StoreUnreachableError(StoreError):
    """The server or the folder of the file cannot be reached."""


class StoreNotMigratedError(StoreError):
    """The tables are missing or older than this program."""


class StoreNewerError(StoreError):
    """The tables are newer than this program."""


class ForeignSchemaError(StoreError):
    """Tables with our names exist, but our migrations did not make them."""


class MigrationError(StoreError):
    """A migration failed, or its file was edited after it had been applied."""


class NotFoundError(StoreError):
    """The row asked for does not exist.

    Attributes:
        kind: what was asked for, e.g. "scenario".
        id: the key it was asked by.
    """

    def __init__(self, kind: str, key: object) -> None:
        """Say what is missing."""
        super().__init__(f"there is no {kind} {key}: list what exists and use one of those")
        self.kind = kind
        self.id = str(key)


class ConflictError(StoreError):
    """The row exists already, is still in use, or was changed at the same moment."""


class RefusedValueError(StoreError):
    """A value does not fit its column: too large, not among the allowed ones, or missing."""


class UnsupportedError(StoreError):
    """The engine of this store, or the state it is in, cannot do what was asked."""


class StoreDeniedError(StoreError):
    """The account of the database URL may not do what was asked."""


class BackupError(StoreError):
    """A backup cannot be taken or restored, is damaged, or does not hold what it should."""
