"""Creative's rule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agents.offline.copywriting import compose
from agents.offline.focus import named_ids
from agents.offline.moment import Call
from agents.offline.reading import intent_of, scenarios_in_play
from agents.offline.sentences import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.offline.intents import Intent
    from agents.offline.language import Language
    from agents.offline.moment import Moment

_ASKED_IN: Mapping[Language, re.Pattern[str]] = {
    "en": re.compile(r"\b(?:in (?:english|inglese)|auf englisch|in englisch)\b", re.IGNORECASE),
    "it": re.compile(r"\b(?:in (?:italian|italiano)|auf italienisch)\b", re.IGNORECASE),
    "de": re.compile(r"\b(?:in (?:german|tedesco)|auf deutsch)\b", re.IGNORECASE),
}


def speak(moment: Moment) -> str | list[Call]:
    """Compose the brief of an approved scenario, store it, and ask for its approval."""
    intent = intent_of(moment)
    if moment.refusal:
        return say("refused", intent.language, reason=moment.refusal)
    if not moment.done:
        scenario = _wanted(moment, intent)
        if scenario is None:
            return say("which_brief", intent.language)
        return [Call("creative_inputs", {"scenario_id": scenario})]
    newest = moment.done[-1]
    match newest.tool:
        case "creative_inputs":
            return [Call("save_creative_brief", compose(newest.data, _copy_language(moment)))]
        case "save_creative_brief":
            subject = newest.data["id"]
            return [Call("request_approval", {"kind": "creative", "subject_id": subject})]
        case _:
            return _told(moment, intent.language)


def _copy_language(moment: Moment) -> Language:
    """Return the language that the person asked the copy in, else the one they write in."""
    asked = (language for language, said in _ASKED_IN.items() if said.search(moment.text))
    return next(asked, intent_of(moment).language)


def _wanted(moment: Moment, intent: Intent) -> str | None:
    if moment.task is not None:
        return str(moment.task_data()["scenario_id"])
    if named := named_ids(intent):
        return named[0]
    chosen = [
        result.data["subject_id"]
        for result in moment.past
        if result.tool == "request_approval" and result.data.get("kind") == "scenario"
    ]
    refs = scenarios_in_play(moment)
    return chosen[-1] if chosen else str(refs[0].id) if len(refs) == 1 else None


def _told(moment: Moment, language: Language) -> str:
    stored = moment.result("save_creative_brief")
    if stored is None:
        return say("not_stored", language)
    lines = [
        f"- {asset['type']} ({asset['segment']}): {asset['headline']} — {asset['subheadline']}. "
        f"{asset['cta']}. {asset['legal']}"
        for asset in stored.data["assets"]
    ]
    return "\n".join([say("brief_waits", language), "", *lines])
