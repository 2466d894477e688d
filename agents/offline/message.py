"""A message with everything that deciding what it wants needs."""

from __future__ import annotations

from uuid import UUID

from agents.offline import cues
from agents.offline.brief import Brief
from agents.offline.language import Language
from agents.offline.references import ScenarioRef
from analytics.types import Record


class Context(Record):
    """What the conversation already holds.

    Attributes:
        scenarios: scenarios in play, in the order the person was shown them (A, B, C).
        pending_approval: something waits for this person's decision.
        last_brief: the brief that is being worked on, if any.
        last_kind: kind of the message before, if it can be taken up by `and for Gaming?`.
        last_said: what that message said.
        language: language of the conversation so far.
    """

    scenarios: tuple[ScenarioRef, ...] = ()
    pending_approval: bool = False
    last_brief: Brief | None = None
    last_kind: str | None = None
    last_said: Brief | None = None
    language: Language | None = None


class Message(Record):
    """What was said: the text, the same folded, and what was read from it."""

    text: str
    folded: str
    brief: Brief
    ids: tuple[UUID, ...]
    prefixes: tuple[str, ...]
    unresolved: tuple[str, ...]
    paths: tuple[str, ...]
    known_spans: tuple[tuple[int, int], ...]
    context: Context

    def has(self, *names: str) -> bool:
        """Return whether the message shows one of the named cues of the lexicon."""
        return any(cues.CUES[name].search(self.folded) for name in names)

    @property
    def names_scenario(self) -> bool:
        """True when a scenario is referred to, in play or not."""
        return bool(self.ids or self.prefixes or self.unresolved)

    @property
    def is_question(self) -> bool:
        """True for a question or a wish to see something."""
        return "?" in self.text or bool(cues.QUESTION.search(self.folded))

    @property
    def changes(self) -> bool:
        """True when it says how a promotion should be different."""
        brief = self.brief
        said = (
            brief.exact_pct,
            brief.depth_change_pct,
            brief.cap_pct,
            brief.window,
            brief.departments,
            brief.excluded,
            brief.channels,
            brief.segments,
            brief.margin_floor_pct,
            brief.budget_value,
            brief.shift,
            brief.open_start,
            brief.open_end,
            brief.date_problem,
        )
        return any(said) or self.has("deeper", "shallower")
