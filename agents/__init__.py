"""Who decides what happens next: five agents, a router and an approval on one LangGraph graph."""
