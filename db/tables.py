"""The tables: the eleven of the schema with its known faults corrected, then six of our own.

Corrections are marked where they are; db/README.md lists them with their reasons.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Text,
    Uuid,
)

from db.columns import (
    NAMES,
    Json,
    Money,
    Pct,
    TextList,
    UtcDateTime,
    between,
    foreign_key,
    index,
    moment,
    one_of,
    uuid_key,
)

metadata = sa.MetaData(naming_convention=NAMES)

sales_id = sa.Sequence("sales_aggregated_id_seq", metadata=metadata)

sales_aggregated = sa.Table(
    "sales_aggregated",
    metadata,
    Column("id", BigInteger, sales_id, server_default=sales_id.next_value(), primary_key=True),
    Column("date", Date, nullable=False),
    Column("channel", String(20), nullable=False),
    Column("department", String(50), nullable=False),
    # NULL would escape the unique key and every `promo_flag = false`.
    Column("promo_flag", Boolean, nullable=False, server_default=sa.false()),
    Column("discount_pct", Pct),
    Column("sales_value", Money, nullable=False),
    Column("margin_value", Money, nullable=False),
    # (20,2): one cent of sales with a margin of -20 must not lose the load.
    Column(
        "margin_pct",
        Numeric(20, 2),
        sa.Computed(
            "CASE WHEN sales_value > 0 THEN (margin_value * 100 / sales_value) ELSE 0 END",
            persisted=True,
        ),
    ),
    Column("units", Integer, nullable=False),
    moment("created_at"),
    moment("updated_at"),
    one_of("channel", "online", "offline"),
    between("discount_pct", 0, 100),
    sa.UniqueConstraint("date", "channel", "department", "promo_flag", name="unique_sales_record"),
    # By date alone the unique key serves: an index of its own would only slow each load.
    index("idx_sales_department", "department", "date"),
)

promo_scenarios = sa.Table(
    "promo_scenarios",
    metadata,
    uuid_key(),
    Column("label", String(100), nullable=False),
    Column("source_opportunity_id", Uuid),
    Column("date_range_start", Date, nullable=False),
    Column("date_range_end", Date, nullable=False),
    Column("scenario_type", String(50), nullable=False),
    Column("mechanics", Json, nullable=False),
    Column("created_by", String(100)),
    moment("created_at"),
    moment("updated_at"),
    one_of(
        "scenario_type",
        "conservative",
        "balanced",
        "aggressive",
        "flash",
        "best_deal",
        "coupon",
        "member_only",
    ),
    sa.CheckConstraint("date_range_end >= date_range_start", name="range"),
    index("idx_scenarios_date_range", "date_range_start", "date_range_end"),
    index("idx_scenarios_type", "scenario_type"),
    index("idx_scenarios_created_at", "created_at"),
)

scenario_kpis = sa.Table(
    "scenario_kpis",
    metadata,
    uuid_key(),
    Column("scenario_id", Uuid, nullable=False),
    Column("period_start", Date, nullable=False),
    Column("period_end", Date, nullable=False),
    Column("total_sales_value", Money, nullable=False),
    Column("total_margin_value", Money, nullable=False),
    Column("total_margin_pct", Pct, nullable=False),
    Column("total_ebit", Money, nullable=False),
    Column("total_units", Integer, nullable=False),
    Column("sales_value_delta", Money, nullable=False),
    Column("margin_value_delta", Money, nullable=False),
    Column("ebit_delta", Money, nullable=False),
    Column("units_delta", Integer, nullable=False),
    Column("kpi_breakdown", Json, nullable=False),
    moment("created_at"),
    sa.CheckConstraint("period_end >= period_start", name="range"),
    foreign_key("scenario_id", "promo_scenarios.id", ondelete="CASCADE"),
    index("idx_kpis_scenario", "scenario_id"),
    index("idx_kpis_period", "period_start", "period_end"),
)

validation_reports = sa.Table(
    "validation_reports",
    metadata,
    uuid_key(),
    Column("scenario_id", Uuid, nullable=False, unique=True),
    Column("status", String(20), nullable=False),
    Column("issues", Json),
    Column("overall_score", Integer),
    moment("created_at"),
    one_of("status", "PASS", "WARN", "BLOCK"),
    between("overall_score", 0, 100),
    foreign_key("scenario_id", "promo_scenarios.id", ondelete="CASCADE"),
    index("idx_validation_status", "status"),
)

post_mortem_reports = sa.Table(
    "post_mortem_reports",
    metadata,
    uuid_key(),
    Column("scenario_id", Uuid, nullable=False),
    Column("period_start", Date, nullable=False),
    Column("period_end", Date, nullable=False),
    Column("forecast_kpi_id", Uuid),
    Column("actual_sales_value", Money, nullable=False),
    Column("actual_margin_value", Money, nullable=False),
    Column("actual_margin_pct", Pct, nullable=False),
    Column("actual_ebit", Money, nullable=False),
    Column("actual_units", Integer, nullable=False),
    # Wide and NULL: an error of 10,000 % happens, and against a forecast of 0 there is none.
    Column("sales_value_error_pct", Numeric(12, 2)),
    Column("margin_value_error_pct", Numeric(12, 2)),
    Column("ebit_error_pct", Numeric(12, 2)),
    Column("units_error_pct", Numeric(12, 2)),
    Column("post_promo_dip", Json),
    Column("cannibalization_signals", Json),
    Column("insights", TextList),
    Column("learning_points", TextList),
    moment("created_at"),
    sa.CheckConstraint("period_end >= period_start", name="range"),
    foreign_key("scenario_id", "promo_scenarios.id", ondelete="CASCADE"),
    # KPIs are kept two years, post-mortems three: the report outlives its forecast.
    foreign_key("forecast_kpi_id", "scenario_kpis.id", ondelete="SET NULL"),
    index("idx_postmortem_scenario", "scenario_id"),
    index("idx_postmortem_period", "period_start", "period_end"),
)

creative_briefs = sa.Table(
    "creative_briefs",
    metadata,
    uuid_key(),
    Column("scenario_id", Uuid, nullable=False),
    Column("brief", Json, nullable=False),
    Column("assets", Json),
    moment("created_at"),
    moment("updated_at"),
    foreign_key("scenario_id", "promo_scenarios.id", ondelete="CASCADE"),
    index("idx_creative_scenario", "scenario_id"),
)

segments = sa.Table(
    "segments",
    metadata,
    Column("segment_id", String(50), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("share_of_customers", Numeric(5, 4), nullable=False),
    Column("share_of_revenue", Numeric(5, 4), nullable=False),
    Column("avg_basket_value", Numeric(10, 2), nullable=False),
    Column("fav_categories", TextList),
    Column("discount_sensitivity", String(20)),
    Column("purchase_frequency", Pct),
    Column("last_purchase_days_ago", Integer),
    moment("updated_at"),
    between("share_of_customers", 0, 1),
    between("share_of_revenue", 0, 1),
    one_of("discount_sensitivity", "low", "medium", "high"),
)

uplift_coefficients = sa.Table(
    "uplift_coefficients",
    metadata,
    uuid_key(),
    Column("department", String(50), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("discount_band", String(20), nullable=False),
    Column("uplift_sales_pct", Numeric(6, 2), nullable=False),
    Column("uplift_units_pct", Numeric(6, 2), nullable=False),
    Column("margin_impact_pct", Numeric(6, 2), nullable=False),
    Column("confidence", Numeric(3, 2)),
    Column("sample_size", Integer),
    Column("model_version", String(20), nullable=False),
    moment("created_at"),
    one_of("channel", "online", "offline"),
    between("confidence", 0, 1),
    sa.UniqueConstraint(
        "department",
        "channel",
        "discount_band",
        "model_version",
        name="unique_uplift_coefficient",
    ),
    index("idx_uplift_channel", "channel"),
    index("idx_uplift_version", "model_version"),
)

data_processing_jobs = sa.Table(
    "data_processing_jobs",
    metadata,
    uuid_key(),
    Column("job_id", String(100), unique=True, nullable=False),
    Column("status", String(20), nullable=False),
    Column("files_queued", Integer, nullable=False),
    Column("files_processed", Integer, server_default="0"),
    Column("records_processed", BigInteger, server_default="0"),
    Column("errors", Integer, server_default="0"),
    Column("result", Json),
    Column("error_message", Text),
    Column("started_at", UtcDateTime),
    Column("completed_at", UtcDateTime),
    moment("created_at"),
    one_of("status", "queued", "processing", "completed", "failed"),
    index("idx_jobs_status", "status"),
    index("idx_jobs_created_at", "created_at"),
)

targets = sa.Table(
    "targets",
    metadata,
    uuid_key(),
    Column("month", String(7), nullable=False),
    Column("geo", String(10), nullable=False),
    Column("sales_value_target", Money, nullable=False),
    Column("margin_pct_target", Pct, nullable=False),
    Column("units_target", Integer),
    moment("created_at"),
    moment("updated_at"),
    # '2024-13' is not a month; the spelling below runs on both engines.
    sa.CheckConstraint(
        "month BETWEEN '1900-01' AND '9999-12' AND length(month) = 7"
        " AND substr(month, 5, 1) = '-' AND substr(month, 6, 2) BETWEEN '01' AND '12'",
        name="month_format",
    ),
    sa.UniqueConstraint("month", "geo"),
    index("idx_targets_geo", "geo"),
)

promo_catalog = sa.Table(
    "promo_catalog",
    metadata,
    uuid_key(),
    Column("promo_name", String(200)),
    Column("date_start", Date, nullable=False),
    Column("date_end", Date, nullable=False),
    Column("departments", TextList),
    Column("channels", TextList),
    Column("avg_discount_pct", Pct),
    Column("mechanics", Json),
    Column("source_file", String(500)),
    moment("created_at"),
    sa.CheckConstraint("date_end >= date_start", name="range"),
    between("avg_discount_pct", 0, 100),
    index("idx_promo_dates", "date_start", "date_end"),
    index("idx_promo_departments", "departments", using="gin"),
    index("idx_promo_source_file", "source_file"),
)

# ---- Ours -------------------------------------------------------------------------------------

source_files = sa.Table(
    "source_files",
    metadata,
    uuid_key(),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("file_name", String(500), nullable=False),
    Column("role", String(20), nullable=False),
    Column("channel", String(20)),  # NULL: rows of both channels
    Column("date_min", Date),
    Column("date_max", Date),
    Column("rows_read", BigInteger, nullable=False),
    Column("rows_accepted", BigInteger, nullable=False),
    Column("rows_rejected", BigInteger, nullable=False),
    Column("sales_value", Numeric(18, 2), nullable=False),
    Column("margin_value", Numeric(18, 2), nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("merge_mode", String(20), nullable=False),
    # Are a promo file's rows part of the sales files' rows, or on top of them?
    Column("relation", String(20)),
    Column("job_id", String(100)),
    Column("report", Json, nullable=False),
    Column("ingested_at", UtcDateTime, nullable=False),
    one_of("role", "sales", "promo"),
    one_of("channel", "online", "offline"),
    one_of("merge_mode", "union", "overwrite", "intersect"),
    one_of("relation", "subset", "additional"),
    sa.CheckConstraint("role = 'promo' OR relation IS NULL", name="relation_is_promo"),
)

source_days = sa.Table(
    "source_days",
    metadata,
    Column("source_file_id", Uuid, primary_key=True),
    Column("date", Date, primary_key=True),
    Column("channel", String(20), primary_key=True),
    Column("department", String(50), primary_key=True),
    Column("sales_value", Money, nullable=False),
    Column("margin_value", Money, nullable=False),
    Column("units", Integer, nullable=False),
    Column("discount_pct", Pct),
    Column("lines", Integer, nullable=False),
    one_of("channel", "online", "offline"),
    between("discount_pct", 0, 100),
    foreign_key("source_file_id", "source_files.id", ondelete="CASCADE"),
    index("idx_source_days_channel", "channel", "date"),
)

# The lines of a file that say how promotions relate to sales and how deep they are: with them the
# store is the same whether files came in one job or in many, and in whatever order.
source_lines = sa.Table(
    "source_lines",
    metadata,
    Column("source_file_id", Uuid, primary_key=True),
    Column("content", LargeBinary, nullable=False),  # an Arrow file
    foreign_key("source_file_id", "source_files.id", ondelete="CASCADE"),
)

department_names = sa.Table(
    "department_names",
    metadata,
    Column("found", String(50), primary_key=True),  # capitals and spaces folded away
    Column("department", String(50), nullable=False),
)

uplift_models = sa.Table(
    "uplift_models",
    metadata,
    Column("model_version", String(20), primary_key=True),
    Column("fitted_until", Date, nullable=False),
    Column("data_version", String(64), nullable=False),
    Column("backtest", Json, nullable=False),
    Column("detail", Json, nullable=False),
    Column("promoted_at", UtcDateTime),
    Column("promoted_by", String(100)),
    moment("created_at"),
)

approvals = sa.Table(
    "approvals",
    metadata,
    uuid_key(),
    Column("kind", String(20), nullable=False),
    Column("subject_id", String(100), nullable=False),
    Column("content_sha256", String(64), nullable=False),
    Column("proposal", Json, nullable=False),
    Column("status", String(20), nullable=False, server_default="pending"),
    Column("thread_id", String(200)),
    Column("requested_by", String(100), nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("decided_by", String(100)),
    Column("decided_at", UtcDateTime),
    Column("reason", Text),
    one_of("kind", "scenario", "creative", "coefficients"),
    one_of("status", "pending", "approved", "rejected"),
    sa.UniqueConstraint("kind", "subject_id", "content_sha256", name="unique_approval"),
    index("idx_approvals_status", "status"),
    index("idx_approvals_thread", "thread_id"),
)

tool_calls = sa.Table(
    "tool_calls",
    metadata,
    Column("thread_id", String(200), primary_key=True),
    Column("call_id", String(200), primary_key=True),
    Column("agent", String(100), nullable=False),
    Column("tool", String(100), nullable=False),
    Column("mode", String(10), nullable=False),
    Column("arguments", Json, nullable=False),
    Column("result", Json),
    Column("error", Text),
    Column("called_at", UtcDateTime, nullable=False),
    one_of("mode", "READ", "WRITE"),
)

turns = sa.Table(
    "turns",
    metadata,
    Column("thread_id", String(200), primary_key=True),
    Column("turn", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("status", String(20), nullable=False, server_default="running"),
    Column("error", Text),
    Column("model_calls", Integer, nullable=False, server_default="0"),
    Column("input_tokens", Integer, nullable=False, server_default="0"),
    Column("output_tokens", Integer, nullable=False, server_default="0"),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    one_of("status", "running", "waiting", "done", "failed"),
)
