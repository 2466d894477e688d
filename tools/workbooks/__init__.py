"""Reading the retailer's workbooks: one file, one child process, every row accounted for."""
