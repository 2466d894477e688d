SELECT COUNT(*),
       SUM(HASH(date, channel, department, promo_flag, discount_pct,
                sales_value, margin_value, units))
FROM sales_aggregated
