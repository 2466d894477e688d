"""Is every figure of an answer one that a tool returned? Used on each answer, and by the evaluation."""
