"""The law as data: scorecards, where their numbers come from, and the library that ships with the engine."""
