"""Importers: raw exports in, tables of the event contract out, whole or not at all."""
