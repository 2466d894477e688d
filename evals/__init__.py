"""Scores any model on what the agents must do: cases, scorers, runner."""
