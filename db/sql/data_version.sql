SELECT channel,
       department,
       MD5(STRING_AGG(
           CAST(date - DATE '2000-01-01' AS VARCHAR)
           || '|' || CAST(CAST(promo_flag AS INTEGER) AS VARCHAR)
           || '|' || COALESCE(CAST(discount_pct AS VARCHAR), '')
           || '|' || CAST(sales_value AS VARCHAR)
           || '|' || CAST(margin_value AS VARCHAR)
           || '|' || CAST(units AS VARCHAR),
           ';' ORDER BY date, promo_flag
       )) AS content
FROM sales_aggregated
GROUP BY channel, department
