"""Pictures of results: one Altair chart per question, for the web as data and as PNG or SVG."""
