"""A naive reading of the rules, kept apart from the engine, and marketplaces made to break either."""
