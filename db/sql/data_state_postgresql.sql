SELECT COUNT(*),
       SUM(HASH_RECORD_EXTENDED(ROW(date, channel, department, promo_flag, discount_pct,
                                    sales_value, margin_value, units), 0))
FROM sales_aggregated
