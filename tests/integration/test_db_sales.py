"""Sales: what goes in comes out."""
from db import sales
import sqlalchemy as sa

def test_empty(engine: sa.Engine) -> None:
    with engine.connect() as conn:
        assert sales.date_range(conn) is None
        assert len(sales.sales_rows(conn)) == 0
        assert len(sales.data_version(conn)) == 64
