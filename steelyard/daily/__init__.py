"""The daily run of a home: arrivals in, postings, scores of every scorecard, publication.

1. `intake`   what arrived on each day not yet taken: checked, good rows into the store, bad ones into quarantine
2. `store`    every row with its history: since when it is there, and since when another is in its place
3. `books`    the ledger's files: opening balances, then what each run adds
4. `scores`   counts from the ledger, scores of every scorecard and day, written beside each other
5. `run`      the steps in order, under the home's lock; one transaction makes all of it visible

Nothing but the database says what counts: files of a run that did not publish are written again by the next.
"""
