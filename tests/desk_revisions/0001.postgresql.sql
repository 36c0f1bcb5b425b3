CREATE TABLE home (
    id VARCHAR(32) NOT NULL,
    CONSTRAINT pk_home PRIMARY KEY (id)
);

CREATE TABLE runs (
    id SERIAL NOT NULL,
    as_of DATE NOT NULL,
    status VARCHAR(16) NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    engine TEXT NOT NULL,
    program TEXT NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    problem TEXT,
    CONSTRAINT pk_runs PRIMARY KEY (id),
    CONSTRAINT ck_runs_status CHECK (status IN ('running', 'published', 'failed')),
    CONSTRAINT ck_runs_finished CHECK ((status = 'running') = (finished_at IS NULL)),
    CONSTRAINT ck_runs_problem CHECK ((status = 'failed') = (problem IS NOT NULL))
);

CREATE INDEX ix_runs_status_as_of ON runs (status, as_of);

CREATE TABLE steps (
    run_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    milliseconds BIGINT NOT NULL,
    CONSTRAINT pk_steps PRIMARY KEY (run_id, number),
    CONSTRAINT fk_steps_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
    CONSTRAINT ck_steps_milliseconds CHECK (milliseconds >= 0)
);

CREATE TABLE intakes (
    day DATE NOT NULL,
    run_id INTEGER NOT NULL,
    CONSTRAINT pk_intakes PRIMARY KEY (day),
    CONSTRAINT fk_intakes_run_id FOREIGN KEY(run_id) REFERENCES runs (id)
);

CREATE INDEX ix_intakes_run_id ON intakes (run_id);

CREATE TABLE intake_tables (
    day DATE NOT NULL,
    name TEXT NOT NULL,
    rows_read BIGINT NOT NULL,
    quarantined BIGINT NOT NULL,
    fingerprint TEXT NOT NULL,
    CONSTRAINT pk_intake_tables PRIMARY KEY (day, name),
    CONSTRAINT fk_intake_tables_day FOREIGN KEY(day) REFERENCES intakes (day),
    CONSTRAINT ck_intake_tables_rows_read CHECK (rows_read >= 0),
    CONSTRAINT ck_intake_tables_quarantined CHECK (quarantined >= 0)
);

CREATE TABLE publications (
    id SERIAL NOT NULL,
    run_id INTEGER NOT NULL,
    scorecard TEXT NOT NULL,
    version TEXT NOT NULL,
    as_of DATE NOT NULL,
    known_on DATE NOT NULL,
    folder TEXT NOT NULL,
    rows BIGINT NOT NULL,
    shops_scored BIGINT NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE NOT NULL,
    supersedes INTEGER,
    CONSTRAINT pk_publications PRIMARY KEY (id),
    CONSTRAINT fk_publications_run_id FOREIGN KEY(run_id) REFERENCES runs (id),
    CONSTRAINT fk_publications_supersedes FOREIGN KEY(supersedes) REFERENCES publications (id),
    CONSTRAINT uq_publications_supersedes UNIQUE (supersedes),
    CONSTRAINT ck_publications_rows CHECK (rows >= 0),
    CONSTRAINT ck_publications_shops_scored CHECK (shops_scored >= 0)
);

CREATE INDEX ix_publications_run_id ON publications (run_id);

CREATE INDEX ix_publications_scorecard_as_of_known_on ON publications (scorecard, as_of, known_on);

CREATE UNIQUE INDEX uq_publications_first ON publications (scorecard, as_of, known_on) WHERE supersedes IS NULL;

-- rows
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
INSERT INTO alembic_version VALUES ('0001');
INSERT INTO home (id) VALUES ('0123456789abcdef0123456789abcdef');
INSERT INTO runs (id, as_of, status, started_at, finished_at, engine, program, host, pid, problem) VALUES
  (7, '2026-03-01', 'published', '2026-03-01 02:30:00.123456+00', '2026-03-01 02:31:00.000000+00', 'duckdb', '0.1.0', 'here', 1, NULL);
INSERT INTO steps (run_id, number, name, milliseconds) VALUES (7, 1, 'take arrivals', 1234);
INSERT INTO intakes (day, run_id) VALUES ('2026-02-28', 7);
INSERT INTO intake_tables (day, name, rows_read, quarantined, fingerprint) VALUES
  ('2026-02-28', 'orders', 5000000000, 2, 'abc'), ('2026-02-28', 'shops', 40, 0, 'def');
INSERT INTO publications
  (id, run_id, scorecard, version, as_of, known_on, folder, rows, shops_scored, published_at, supersedes) VALUES
  (3, 7, 'demo/quick', '1', '2026-03-01', '2026-03-01', 'results/demo/quick/1', 40, 38, '2026-03-01 02:31:00.000000+00', NULL),
  (4, 7, 'demo/quick', '1', '2026-03-01', '2026-03-01', 'results/demo/quick/2', 40, 38, '2026-03-01 02:31:00.000000+00', 3);
