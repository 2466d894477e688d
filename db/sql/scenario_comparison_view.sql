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
