"""Does a restored database hold what the backup's manifest says?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.errors import BackupError
from db.fingerprints import differences, fingerprints, objects

if TYPE_CHECKING:
    import sqlalchemy as sa

    from db.manifest import Manifest


def compare(engine: sa.Engine, found: Manifest) -> None:
    """Return if every table has the rows and values of the manifest, and nothing else is missing.

    Raises:
        BackupError: Something differs; all of it is named.
    """
    with engine.connect() as conn:
        said = differences(fingerprints(conn), found.tables)
        said += [f"the {name} is missing" for name in sorted({*found.objects} - {*objects(conn)})]
    if said:
        message = f"the backup does not restore to what was stored ({'; '.join(said)}): use another backup"
        raise BackupError(message)
