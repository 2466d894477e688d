"""Which exceptions are a person's or the surroundings' doing, and what is said about them."""

from __future__ import annotations

import sys


def sentence_for(error: Exception) -> str | None:
    """Return one sentence for an expected error, or None for a fault of the program.

    The classes are looked up only among modules already loaded: an error can only come from one.
    """
    for module, names in _EXPECTED.items():
        loaded = sys.modules.get(module)
        classes = tuple(getattr(loaded, name) for name in names) if loaded else ()
        if isinstance(error, classes):
            return _PREFIX.get(module, "") + " ".join(str(error).split())
    return None


_EXPECTED = {
    "tools.errors": ("Refusal",),
    "db.errors": ("StoreError",),
    "analytics.policy": ("PolicyError",),
    "app.settings": ("SettingsError",),
    "agents.models": ("ModelError",),
    "agents.strict_openai": ("BrokenAnswerError",),
    "agents.budget": ("BudgetSpentError",),
    "evals.loader": ("CaseError",),
    "evals.results": ("RunError",),
    "evals.cassette": ("CassetteMissError",),
    "openai": ("OpenAIError",),
    "sqlite3": ("Error",),
    "langgraph.errors": ("GraphRecursionError",),
    "langchain.agents.middleware.model_call_limit": ("ModelCallLimitExceededError",),
}

_PREFIX = {
    "sqlite3": "the file of the conversations cannot be used (move it away to begin anew): ",
    "agents.strict_openai": "the model was asked three times and did not answer usably (try again, or another PROMOLOOP_MODEL): ",
    "openai": "the model could not be asked (check PROMOLOOP_MODEL, OPENAI_API_KEY, OPENAI_BASE_URL): ",
    "langgraph.errors": "the agents did not come to an end and were stopped: ",
    "langchain.agents.middleware.model_call_limit": "the model called tools in a loop and was stopped: ",
}
