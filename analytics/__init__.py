"""The maths: pure functions from tidy frames to numbers; no database, no model, no clock."""
