"""The ways in: settings, bootstrap, command line, conversation."""
