-- engine: postgresql
-- The unique key of sales_aggregated begins with the date: this index repeated it.
DROP INDEX idx_sales_date;
