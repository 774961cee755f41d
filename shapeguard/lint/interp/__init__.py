"""The static front end: an interpreter that follows a program's values without running it."""
