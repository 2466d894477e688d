"""What agents may call: thin typed functions that load, compute and save."""
