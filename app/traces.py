"""Traces of what the graph does, for a collector that speaks OpenTelemetry; off unless configured.

A trace tells which agents, models and tools ran, for how long, with how many tokens, and where they
failed. What was said and sold stays here: texts, arguments and results are left out of it unless
PROMOLOOP_TRACES_CONTENT asks for them.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.settings import Settings


@contextmanager
def traced(settings: Settings) -> Iterator[None]:
    """Trace all graph runs in the block to PROMOLOOP_TRACES_ENDPOINT; do nothing without one.

    Spans follow OpenInference's conventions. A collector that does not answer is logged as a warning
    and changes nothing else.

    Raises:
        SettingsError: an endpoint is set, but the extra `traces` is not installed.
    """
    if settings.traces_endpoint is None:
        yield
        return
    try:
        from app import spans
    except ImportError as error:
        message = (
            "PROMOLOOP_TRACES_ENDPOINT is set, but the libraries for it are not installed: "
            "pip install 'promoloop[traces]', or unset it"
        )
        raise SettingsError(message) from error
    with spans.traced_to(
        spans.collector(settings.traces_endpoint), content=settings.traces_content
    ):
        yield
