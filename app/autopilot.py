"""The loop without anyone: load what is new, look at the gap, plan, ask, measure what has ended.

Each step first looks at what the store already has, so that a second run (or one after a crash) does
nothing twice: files by their content, plans by month and state of the data, campaigns by their report.
What needs a person waits for one, unless the policy approves what passed every rule.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeVar

from analytics.types import Record
from db import approvals, catalog, post_mortems, sales, source_files
from tools.approvals import ApprovalRequest, decide, get_request, request_approval, sentence
from tools.approved import approved_scenarios
from tools.arguments import newest_sale
from tools.errors import Refusal
from tools.ingest import ingest_workbooks
from tools.ingest_files import fingerprint
from tools.planning import DIP_DAYS
from tools.post_mortem import (
    PostMortemResult,
    learn_coefficients,
    reconstruct_campaign,
    reconstructed_id,
    run_post_mortem,
)
from tools.scenarios import Comparison, compare_scenarios
from tools.targets import MonthGap, month_gap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from agents.approval import Answer
    from analytics.types import Campaign
    from app.conversation import Conversation
    from app.events import Event
    from tools.deps import Deps, Workspace
    from tools.summaries import ScenarioSummary

WORKBOOKS = ("web", "stores", "promo")
SUFFIXES = frozenset({".xlsb", ".xlsx", ".csv"})
# Campaigns that ended longer ago are history: nobody waits for their report.
LOOK_BACK_DAYS = 92

LOAD, GAP, PLAN, MEASURE, LEARN = (
    "Load new workbooks",
    "Gap",
    "Plan",
    "Post-mortems",
    "Learning",
)
SCOPE = "autopilot"

T = TypeVar("T")
Outcome = Literal["done", "nothing to do", "kept", "waiting", "refused"]


class Step(Record):
    """One step of a run and what came of it."""

    name: str
    outcome: Outcome
    text: str


class Waiting(Record):
    """A request that a person must answer."""

    approval_id: str
    kind: str
    subject_id: str
    title: str
    thread: str | None


class AutopilotRun(Record):
    """What one run found and did."""

    month: str
    today: dt.date
    steps: tuple[Step, ...]
    gap: MonthGap | None
    plan: Comparison | None
    post_mortems: tuple[PostMortemResult, ...]
    waiting: tuple[Waiting, ...]


class Autopilot:
    """One unattended run over one store."""

    def __init__(
        self,
        shop: Workspace,
        talk_in: Callable[[str], Conversation],
        on_step: Callable[[str], None] | None = None,
    ) -> None:
        self._shop = shop
        self._talk_in = talk_in
        self._on_step = on_step
        self._steps: list[Step] = []
        self._waiting: list[Waiting] = []

    def run(self, month: str | None = None) -> AutopilotRun:
        """Run the loop once for a month; the current one if none is given.

        A step that is refused is reported and the others go on; a store that is gone ends the run.
        """
        month = month or f"{self._shop.today:%Y-%m}"
        self._told(LOAD, self._load)
        gap = self._told(GAP, lambda: self._gap(month))
        plan = self._told(PLAN, lambda: self._plan(gap)) if gap else None
        reports = self._told(MEASURE, self._measure) or []
        self._told(LEARN, lambda: self._learn(reports))
        return AutopilotRun(
            month=month,
            today=self._shop.today,
            steps=tuple(self._steps),
            gap=gap,
            plan=plan,
            post_mortems=tuple(reports),
            waiting=tuple(self._waiting),
        )

    def _told(self, name: str, step: Callable[[], T]) -> T | None:
        if self._on_step:
            self._on_step(name)
        try:
            return step()
        except Refusal as refusal:
            self._note(name, "refused", str(refusal))
            return None

    def _note(self, name: str, outcome: Outcome, text: str) -> None:
        self._steps.append(Step(name=name, outcome=outcome, text=text))

    def _load(self) -> None:
        found = sorted(_workbooks(self._shop.data_dir))
        contents = {path: fingerprint(path).sha256 for path in found}
        with self._shop.engine.connect() as conn:
            known = source_files.known_files(conn, list(contents.values()))
        new = [path for path in found if contents[path] not in known]
        if not new:
            self._note(LOAD, "nothing to do", f"{len(found)} workbooks found, none is new")
            return
        ingest_workbooks(self._shop.engine, new, today=self._shop.today)
        self._note(LOAD, "done", ", ".join(path.name for path in new))

    def _gap(self, month: str) -> MonthGap:
        with self._shop.open(SCOPE, write=False) as deps:
            gap = month_gap(deps, month)
        where = "behind" if gap.gap_value < 0 else "ahead of"
        text = f"{abs(gap.gap_value):,.0f} {where} the target of {gap.target_value:,.0f}"
        self._note(GAP, "done", f"{month} is heading {text}")
        return gap

    def _plan(self, gap: MonthGap) -> Comparison | None:
        window = self._window(gap.month)
        if gap.gap_value >= 0 or window is None:
            why = "the month is not behind" if gap.gap_value >= 0 else "too few days are left"
            self._note(PLAN, "nothing to do", why)
            return None
        with self._shop.open(SCOPE, write=False) as deps:
            approved = approved_scenarios(deps, *window)
            thread = f"autopilot-{gap.month}-{sales.data_version(deps.conn)[:8]}"
        if approved:
            names = ", ".join(f"“{scenario.label}”" for scenario in approved)
            self._note(PLAN, "nothing to do", f"approved for those days already: {names}")
            return None
        return self._propose(self._talk_in(thread), _brief(gap, *window))

    def _propose(self, talk: Conversation, brief: str) -> Comparison | None:
        """Say what a planner would say, as far as it has not been said in this thread before."""
        _listen(talk.resume())
        if not talk.turns_taken:
            _listen(talk.say(brief))
        made = talk.scenarios
        if not made:
            self._note(PLAN, "refused", talk.last_words())
            return None
        with self._shop.open(SCOPE, write=False) as deps:
            compared = compare_scenarios(deps, made)
        chosen = _chosen(compared)
        if chosen is None:
            self._note(PLAN, "refused", "the policy blocks every scenario, see their findings")
            return compared
        if talk.turns_taken == 1:
            _listen(talk.say(f"Go with the {chosen.scenario_type} one"))
        self._decide(talk, chosen)
        return compared

    def _decide(self, talk: Conversation, chosen: ScenarioSummary) -> None:
        """Approve by the policy what it lets pass; leave the rest to a person."""
        request = talk.open_request
        while request is not None and self._by_policy(chosen):
            _listen(talk.answer(self._yes()))
            request = talk.open_request
        if request is None:
            self._note(PLAN, "done", f"“{chosen.label}” is approved and briefed")
            return
        self._note(PLAN, "waiting", f"{request['title']} waits for your approval")
        self._wait(ApprovalRequest.model_validate(request), talk.thread)

    def _by_policy(self, chosen: ScenarioSummary) -> bool:
        allowed = self._shop.policy.autopilot.approve == "passed"
        return allowed and chosen.validation == "PASS"

    def _yes(self) -> Answer:
        by = f"policy {self._shop.policy.version}"
        return {"decision": "approve", "by": by, "reason": "passed every rule"}

    def _wait(self, request: ApprovalRequest, thread: str | None) -> None:
        self._waiting.append(
            Waiting(
                approval_id=request.approval_id,
                kind=request.kind,
                subject_id=request.subject_id,
                title=request.title,
                thread=thread,
            )
        )

    def _window(self, month: str) -> tuple[dt.date, dt.date] | None:
        """Return the days to plan for: the first ones that can still be prepared."""
        rules = self._shop.policy.autopilot
        first = dt.date.fromisoformat(f"{month}-01")
        last = first.replace(day=monthrange(first.year, first.month)[1])
        start = max(first, self._shop.today + dt.timedelta(days=rules.lead_days))
        end = min(last, start + dt.timedelta(days=rules.days - 1))
        return (start, end) if start <= end else None

    def _measure(self) -> list[PostMortemResult]:
        """Measure every campaign whose dip window is over and that has no report yet."""
        reports = []
        for name, measure in self._ended():
            try:
                with self._shop.open(f"{SCOPE}/{name}") as deps:
                    reports.append(measure(deps))
            except Refusal as refusal:
                self._note(MEASURE, "refused", f"{name}: {refusal}")
        for report in reports:
            verdict = report.result.verdict.replace("_", " ")
            self._note(MEASURE, "done", f"“{report.label}”: {verdict}")
        if not reports:
            self._note(MEASURE, "nothing to do", "no campaign has ended without its report")
        return reports

    def _ended(self) -> list[tuple[str, Callable[[Deps], PostMortemResult]]]:
        with self._shop.open(SCOPE, write=False) as deps:
            over = newest_sale(deps) - dt.timedelta(days=DIP_DAYS)
            since = over - dt.timedelta(days=LOOK_BACK_DAYS)
            planned = [
                (scenario.label, partial(run_post_mortem, scenario_id=str(scenario.id)))
                for scenario in approved_scenarios(deps, since, over)
                if scenario.date_range_end <= over
                and post_mortems.latest_for(deps.conn, scenario.id) is None
            ]
            run = [
                (campaign.promo_name or str(campaign.id), partial(_of_catalog, campaign))
                for campaign in catalog.list_campaigns(deps.conn, since, over)
                if since <= campaign.date_end <= over
                and post_mortems.latest_for(deps.conn, reconstructed_id(campaign)) is None
            ]
        return [*planned, *run]

    def _learn(self, reports: Sequence[PostMortemResult]) -> None:
        """Fit coefficients with what the campaigns showed; they come into force only if better."""
        if not reports:
            self._note(LEARN, "nothing to do", "no new report to learn from")
            self._still_waiting()
            return
        with self._shop.open(f"{SCOPE}/learn") as deps:
            learned = learn_coefficients(deps, reports[-1].scenario_id).version
            if not learned.better_than_in_force:
                self._note(
                    LEARN,
                    "kept",
                    f"coefficients {learned.version_in_force} stay in force: {learned.model_version}, "
                    "fitted with the new reports, is not better in the backtest",
                )
                return
            request = request_approval(deps, "coefficients", learned.model_version)
            if request.status == "pending" and self._shop.policy.autopilot.approve == "passed":
                request = decide(deps, request.approval_id, **self._yes())
        if request.status == "pending":
            self._note(LEARN, "waiting", f"{request.title} wait for your approval")
            self._wait(request, None)
        else:
            self._note(LEARN, "done", sentence(request))

    def _still_waiting(self) -> None:
        """List the requests of earlier runs for new coefficients that nobody has answered."""
        with self._shop.engine.connect() as conn:
            asked = [one for one in approvals.pending(conn) if one.kind == "coefficients"]
        with self._shop.open(SCOPE, write=False) as deps:
            for one in asked:
                self._wait(get_request(deps, str(one.id)), None)


def _of_catalog(campaign: Campaign, deps: Deps) -> PostMortemResult:
    made = reconstruct_campaign(deps, str(campaign.id))
    return run_post_mortem(deps, made.scenarios[0].id)


def _workbooks(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        named = path.name.casefold().startswith(WORKBOOKS)
        if named and path.suffix.casefold() in SUFFIXES and path.is_file():
            yield path


def _brief(gap: MonthGap, start: dt.date, end: dt.date) -> str:
    return (
        f"We are {abs(gap.gap_value):.0f} behind target for {gap.month}. Plan promotions from {start} "
        f"to {end} that close the gap"
    )


def _chosen(compared: Comparison) -> ScenarioSummary | None:
    """Return the balanced scenario, or else the first that the policy does not block."""
    allowed = [item for item in compared.scenarios if item.validation in {"PASS", "WARN"}]
    balanced = [item for item in allowed if item.scenario_type == "balanced"]
    return next(iter([*balanced, *allowed]), None)


def _listen(events: Iterable[Event]) -> None:
    """Let a turn happen; what came of it stands in the store."""
    deque(events, maxlen=0)
