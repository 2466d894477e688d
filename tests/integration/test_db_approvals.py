"""Approvals: asked once, decided once, whoever comes at the same moment."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from db import approvals
from db.errors import NotFoundError, RefusedValueError

if TYPE_CHECKING:
    import sqlalchemy as sa

    from db.approvals import Approval, Decision

NINE = dt.datetime(2025, 3, 3, 9, tzinfo=dt.UTC)
TEN = NINE + dt.timedelta(hours=1)


def ask(engine: sa.Engine, **changes: Any) -> Approval:
    arguments: dict[str, Any] = {
        "kind": "scenario",
        "subject_id": "11111111-1111-1111-1111-111111111111",
        "content_sha256": "a" * 64,
        "proposal": {"label": "Ottobre", "total_ebit": 12.5},
        "requested_by": "validator",
        "at": NINE,
        "thread_id": "thread-1",
    }
    with engine.begin() as conn:
        return approvals.request(conn, **(arguments | changes))


def decide(engine: sa.Engine, approval: Approval, decision: Decision, by: str) -> bool:
    with engine.begin() as conn:
        return approvals.decide(conn, approval.id, decision, by, f"says {by}", TEN)


def now(engine: sa.Engine, approval: Approval) -> Approval:
    with engine.connect() as conn:
        return approvals.get(conn, approval.id)


def approved(engine: sa.Engine, approval: Approval, **changes: str) -> bool:
    key = {name: getattr(approval, name) for name in ("kind", "subject_id", "content_sha256")}
    with engine.connect() as conn:
        return approvals.is_approved(conn, **(key | changes))


def test_a_request_waits_and_says_what_it_is_about(engine: sa.Engine) -> None:
    asked = ask(engine)
    assert asked.status == "pending"
    assert asked.proposal == {"label": "Ottobre", "total_ebit": 12.5}
    assert asked.requested_at == NINE
    assert now(engine, asked) == asked
    assert not approved(engine, asked)


def test_asking_again_returns_the_first_request_also_after_the_decision(
    engine: sa.Engine,
) -> None:
    asked = ask(engine)
    assert ask(engine, requested_by="someone else", at=TEN) == asked
    decide(engine, asked, "rejected", "anna")
    assert ask(engine).status == "rejected"


def test_other_content_is_another_request(engine: sa.Engine) -> None:
    asked = ask(engine)
    other = ask(engine, content_sha256="b" * 64)
    decide(engine, asked, "approved", "anna")
    assert approved(engine, asked)
    assert not approved(engine, other)
    assert not approved(engine, asked, kind="creative")
    assert not approved(engine, asked, subject_id="another")


def test_approved_subjects_are_those_of_the_kind(engine: sa.Engine) -> None:
    decide(engine, ask(engine, subject_id="yes"), "approved", "anna")
    decide(engine, ask(engine, subject_id="no"), "rejected", "anna")
    decide(engine, ask(engine, subject_id="v1", kind="coefficients"), "approved", "anna")
    ask(engine, subject_id="waiting")
    ask(engine, subject_id="yes", content_sha256="b" * 64)
    with engine.connect() as conn:
        assert approvals.approved_subjects(conn, "scenario") == {"yes"}
        assert approvals.approved_subjects(conn, "creative") == set()


def test_pending_requests_are_oldest_first_of_all_or_of_one_thread(engine: sa.Engine) -> None:
    later = ask(engine, content_sha256="b" * 64, at=TEN)
    first = ask(engine)
    elsewhere = ask(engine, kind="creative", thread_id="thread-2", at=TEN + dt.timedelta(1))
    decided = ask(engine, kind="coefficients")
    decide(engine, decided, "approved", "anna")
    with engine.connect() as conn:
        assert approvals.pending(conn) == [first, later, elsewhere]
        assert approvals.pending(conn, "thread-2") == [elsewhere]
        assert approvals.pending(conn, "thread-3") == []


def test_the_first_decision_stands(engine: sa.Engine) -> None:
    asked = ask(engine)
    assert decide(engine, asked, "approved", "anna")
    assert not decide(engine, asked, "rejected", "bruno")
    assert not decide(engine, asked, "approved", "anna")
    found = now(engine, asked)
    assert (found.status, found.decided_by, found.reason) == ("approved", "anna", "says anna")
    assert found.decided_at == TEN


@pytest.mark.parametrize("attempt", range(5))
def test_of_two_decisions_at_one_moment_one_wins(engine: sa.Engine, attempt: int) -> None:
    """Both transactions are open before either decides, and none of them raises."""
    asked = ask(engine, content_sha256=f"{attempt}" * 64)
    both_open = Barrier(2)

    def answer(decision: Decision) -> bool:
        with engine.begin() as conn:
            approvals.get(conn, asked.id)
            both_open.wait(timeout=10)
            return approvals.decide(conn, asked.id, decision, decision, None, TEN)

    with ThreadPoolExecutor(2) as pool:
        won = dict(
            zip(
                ("approved", "rejected"),
                pool.map(answer, ("approved", "rejected")),
                strict=True,
            )
        )
    assert sorted(won.values()) == [False, True]
    winner = next(decision for decision, first in won.items() if first)
    assert (now(engine, asked).status, now(engine, asked).decided_by) == (winner, winner)


def test_a_decision_that_is_rolled_back_was_none(engine: sa.Engine) -> None:
    asked = ask(engine)
    with pytest.raises(RuntimeError), engine.begin() as conn:  # noqa: PT012  rolled back inside
        assert approvals.decide(conn, asked.id, "rejected", "bruno", None, TEN)
        raise RuntimeError
    assert now(engine, asked).status == "pending"
    assert decide(engine, asked, "approved", "anna")


def test_what_was_never_asked_cannot_be_decided(engine: sa.Engine) -> None:
    with engine.connect() as conn, pytest.raises(NotFoundError, match="there is no approval"):
        approvals.decide(conn, uuid4(), "approved", "anna", None, TEN)


@pytest.mark.parametrize(
    "wrong", [{"kind": "budget"}, {"requested_by": None}, {"content_sha256": "a" * 65}]
)
def test_a_request_that_does_not_fit_is_refused(engine: sa.Engine, wrong: dict[str, Any]) -> None:
    with pytest.raises(RefusedValueError):
        ask(engine, **wrong)
