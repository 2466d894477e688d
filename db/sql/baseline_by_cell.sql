-- calculate_baseline_forecast for every cell at once: one pass over the history, not one per cell.
WITH days AS (
    SELECT CAST(p_start_date AS DATE) + CAST(n AS INTEGER) AS date
    FROM generate_series(0, CAST(p_end_date AS DATE) - CAST(p_start_date AS DATE)) AS series(n)
),
day_totals AS (
    SELECT sa.date,
           sa.channel,
           sa.department,
           BOOL_OR(sa.promo_flag) AS promo,
           SUM(sa.sales_value) AS sales_value,
           SUM(sa.margin_value) AS margin_value,
           SUM(sa.units) AS units
    FROM sales_aggregated sa
    WHERE sa.date < CAST(p_start_date AS DATE)
      AND sa.date >= CAST(p_since AS DATE)
    GROUP BY sa.date, sa.channel, sa.department
),
weekday_means AS (
    SELECT EXTRACT(DOW FROM dt.date) AS weekday,
           dt.channel,
           dt.department,
           COALESCE(AVG(dt.sales_value) FILTER (WHERE NOT dt.promo), AVG(dt.sales_value))
               AS sales_value,
           COALESCE(AVG(dt.margin_value) FILTER (WHERE NOT dt.promo), AVG(dt.margin_value))
               AS margin_value,
           COALESCE(AVG(dt.units) FILTER (WHERE NOT dt.promo), AVG(dt.units)) AS units
    FROM day_totals dt
    GROUP BY EXTRACT(DOW FROM dt.date), dt.channel, dt.department
)
SELECT d.date,
       wm.channel,
       wm.department,
       CAST(wm.sales_value AS NUMERIC(18, 2)) AS forecasted_sales_value,
       CAST(wm.margin_value AS NUMERIC(18, 2)) AS forecasted_margin_value,
       CAST(ROUND(wm.units) AS INTEGER) AS forecasted_units
FROM days d
JOIN weekday_means wm ON wm.weekday = EXTRACT(DOW FROM d.date)
ORDER BY d.date, wm.channel, wm.department
