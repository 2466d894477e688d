"""Files as agents may reach them: below the data folder, and named by the person."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from tools.deps import Deps
from tools.errors import Refusal

FileName = Annotated[
    str, Field(description="path below the data folder, e.g. Web_October-January_FY25.xlsb")
]


def check_named(deps: Deps, *files: str) -> None:
    """Refuse an agent that loads what the person did not name: a text in the data may ask for it.

    Raises:
        Refusal: a file was not named in this conversation; a command line has no agent.
    """
    if deps.agent is None:
        return
    said = "\n".join(deps.person_said).casefold()
    unnamed = [file for file in files if Path(file).name.casefold() not in said]
    if unnamed:
        message = f"the person has not named {', '.join(unnamed)} in this conversation: ask which files to load"
        raise Refusal(message)


def below_data_dir(deps: Deps, file: str) -> Path:
    """Resolve a file name, links included.

    Raises:
        Refusal: it leads out of the data folder, or there is no such file.
    """
    root = deps.workspace.data_dir
    path = (root / file).resolve()
    if not path.is_relative_to(root):
        message = f"{file!r} lies outside the data folder {root}: only files below it can be read"
        raise Refusal(message)
    if not path.is_file():
        message = f"there is no file {file!r} in the data folder {root}"
        raise Refusal(message)
    return path
