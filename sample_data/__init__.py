"""A seeded consumer-electronics retailer: workbooks of the real shape, and the truth beside."""
