"""Models from equations: text in Brian2's syntax, checked, and turned into pieces of source for the engine."""
