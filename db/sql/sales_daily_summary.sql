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
