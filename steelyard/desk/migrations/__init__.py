"""How the tables of the desk came about, step by step; a step that was released never changes.

Tables are added and never dropped, so that a backup of an earlier revision leaves nothing out.
"""
