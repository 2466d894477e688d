CREATE OR REPLACE VIEW sales_daily_summary AS
SELECT date,
       channel,
       SUM(sales_value) AS total_sales_value,
       SUM(margin_value) AS total_margin_value,
       CAST(SUM(margin_value) * 100 / NULLIF(SUM(sales_value), 0) AS NUMERIC(20, 2))
           AS avg_margin_pct,
       CAST(SUM(units) AS BIGINT) AS total_units,
       COUNT(DISTINCT date) FILTER (WHERE promo_flag) AS promo_days_count
FROM sales_aggregated
GROUP BY date, channel;
CREATE OR REPLACE VIEW scenario_comparison_view AS
SELECT ps.id AS scenario_id,
       ps.label,
       ps.scenario_type,
       ps.date_range_start,
       ps.date_range_end,
       sk.total_sales_value,
       sk.total_margin_pct,
       sk.total_ebit,
       sk.sales_value_delta,
       vr.status AS validation_status,
       vr.overall_score
FROM promo_scenarios ps
LEFT JOIN (
    SELECT k.*,
           ROW_NUMBER() OVER (PARTITION BY scenario_id ORDER BY created_at DESC, id DESC) AS recency
    FROM scenario_kpis k
) sk ON sk.scenario_id = ps.id AND sk.recency = 1
LEFT JOIN validation_reports vr ON vr.scenario_id = ps.id;
