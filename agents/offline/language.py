"""Language of a message: function words, month and weekday names, and the words of the cues."""

from __future__ import annotations

import re
from typing import Literal, get_args

from agents.offline.lexicon import lines, spelled, table, vocabulary
from agents.offline.months import MONTHS_BY_LANGUAGE, WEEKDAYS_BY_LANGUAGE
from agents.offline.text import fold, words

Language = Literal["en", "it", "de"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

# Cue words are borrowed between languages (target, budget), so they say less.
_CUE_WEIGHT = 0.5


def _own_words(language: Language) -> frozenset[str]:
    names = {*MONTHS_BY_LANGUAGE[language], *WEEKDAYS_BY_LANGUAGE[language]}
    return vocabulary(table("function_words")[language]) | names


def _cue_words(language: Language) -> re.Pattern[str]:
    """Return a pattern of the single words among the language's cues (`togli`, `vergleich...`)."""
    cues = table("cues")
    blocks = [*cues["kinds"].values(), *(b for name, b in cues.items() if name != "kinds")]
    entries = (line for block in blocks for line in lines(block.get(language, "")))
    return re.compile("|".join(spelled(entry) for entry in entries if " " not in entry))


_OWN_WORDS = {language: _own_words(language) for language in LANGUAGES}
_CUE_WORDS = {language: _cue_words(language) for language in LANGUAGES}


def detect(text: str, default: Language = "en") -> Language:
    """Return the language whose words weigh most; `default` when none is seen.

    Ties go to `default`, then to the order en, it, de: the answer depends on nothing else.
    """
    scores: dict[Language, float] = dict.fromkeys(LANGUAGES, 0.0)
    for word in words(fold(text)):
        for language in LANGUAGES:
            scores[language] += _weight(word, language)
    best = max(scores.values())
    if scores[default] == best:
        return default
    return next(language for language in LANGUAGES if scores[language] == best)


def _weight(word: str, language: Language) -> float:
    if word in _OWN_WORDS[language]:
        return 1.0
    return _CUE_WEIGHT if _CUE_WORDS[language].fullmatch(word) else 0.0
