"""The static front end: from source files to diagnostics."""
