"""The SQL files of sql/: statements that are shared with PostgreSQL functions and views."""

from importlib import resources


def sql_text(name: str) -> str:
    """Return the text of sql/<name>.sql."""
    return (resources.files("db") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
