"""Programmes: what the platforms make of scores over months, as pure state machines over verdicts."""
