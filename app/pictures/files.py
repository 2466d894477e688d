"""Pictures as files: PNG, SVG, or the Vega-Lite data that a web page draws."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tools.errors import Refusal

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = (".png", ".svg", ".json")
_SCALE = 2.0


def check_picture(path: Path | None) -> None:
    """Refuse a file that no picture can be written to, before the work is done.

    Raises:
        Refusal: another extension than .png, .svg or .json, or a folder that is not there.
    """
    if path is None:
        return
    if path.suffix.casefold() not in SUFFIXES:
        message = (
            f"{path} is not the name of a picture: end it with .png, .svg or .json (the data of "
            "the picture for a web page)"
        )
        raise Refusal(message)
    if not path.absolute().parent.is_dir():
        message = f"there is no folder {path.absolute().parent}: make it, or choose another file"
        raise Refusal(message)


def save_picture(chart: Any, path: Path) -> None:  # noqa: ANN401  any kind of Altair chart
    """Write a chart to a file in the format of its extension, without any network.

    Raises:
        Refusal: another extension than .png, .svg or .json, or the file cannot be written.
    """
    check_picture(path)
    try:
        path.write_bytes(rendered(chart, path.suffix.casefold()))
    except OSError as error:
        message = f"{path} cannot be written ({error}): choose another file"
        raise Refusal(message) from error


def rendered(chart: Any, suffix: str) -> bytes:  # noqa: ANN401  any kind of Altair chart
    """Return a chart as the bytes of a .png, .svg or .json file."""
    import vl_convert  # noqa: PLC0415  80 MB that only pictures need

    spec = chart.to_dict()
    if suffix == ".png":
        return bytes(vl_convert.vegalite_to_png(spec, scale=_SCALE))
    if suffix == ".svg":
        return str(vl_convert.vegalite_to_svg(spec)).encode()
    return json.dumps(spec, ensure_ascii=False, indent=1).encode()
