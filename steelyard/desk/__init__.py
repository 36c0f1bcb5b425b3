"""The desk: what runs and people own, in a relational database, and the home folder around it.

    home = open_home("shop-scores")                 home.py      folder, steelyard.toml
    with lock(home), open_database(home) as db:     lock.py      one writer per home · database.py, schema.py
        run = begin(db, as_of, now, worker)         runs.py      what was started, how it went
        publish(db, run, arrived, scored, now)      publish.py   everything a run says, in one transaction

The desk sees results only: it knows folders, days and counts, nothing of events, rules or engines. It never prints.
SQLite by default, PostgreSQL by URL; both behave alike. Times go in and come out with a zone and are kept in UTC.
"""
