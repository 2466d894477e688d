WITH days AS (
    SELECT CAST(p_start_date AS DATE) + CAST(n AS INTEGER) AS date
    FROM generate_series(0, CAST(p_end_date AS DATE) - CAST(p_start_date AS DATE)) AS series(n)
),
-- The promoted and the unpromoted row of a day are the two parts of one day total.
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
      AND (CAST(p_channel AS VARCHAR) IS NULL OR sa.channel = CAST(p_channel AS VARCHAR))
      AND (CAST(p_department AS VARCHAR) IS NULL OR sa.department = CAST(p_department AS VARCHAR))
    GROUP BY sa.date, sa.channel, sa.department
),
-- Days without a promotion; a weekday that has none uses all its days.
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
),
-- Averages are taken per cell first and then added: an average over rows is no daily total.
business AS (
    SELECT wm.weekday,
           SUM(wm.sales_value) AS sales_value,
           SUM(wm.margin_value) AS margin_value,
           SUM(wm.units) AS units
    FROM weekday_means wm
    GROUP BY wm.weekday
)
SELECT d.date,
       CAST(b.sales_value AS NUMERIC(18, 2)) AS forecasted_sales_value,
       CAST(b.margin_value AS NUMERIC(18, 2)) AS forecasted_margin_value,
       CAST(ROUND(b.units) AS INTEGER) AS forecasted_units
FROM days d
LEFT JOIN business b ON b.weekday = EXTRACT(DOW FROM d.date)
ORDER BY d.date
