"""The deterministic model: it reads English, Italian and German without a key or a network."""
