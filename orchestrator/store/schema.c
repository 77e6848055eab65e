/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/schema.h"

/* Codes of verdicts, changes and states are explained by table word, for those who read the file
 * with another tool. Attempts are numbered within their case, so no id depends on the order in
 * which runs were indexed. */
static const char runs_and_cells[] =
    "CREATE TABLE word(kind TEXT, code INTEGER, name TEXT NOT NULL,"
    "  PRIMARY KEY(kind, code)) WITHOUT ROWID;"
    "CREATE TABLE environment(id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE,"
    "  os TEXT NOT NULL, kernel TEXT NOT NULL, cpu TEXT NOT NULL, cores INTEGER NOT NULL,"
    "  memory_kib INTEGER NOT NULL, compiler TEXT NOT NULL, libc TEXT NOT NULL);"
    "CREATE TABLE run(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, subject TEXT NOT NULL,"
    "  state INTEGER NOT NULL, commit_ TEXT NOT NULL, tree TEXT NOT NULL, branch TEXT NOT NULL,"
    "  dirty INTEGER NOT NULL, build_sha256 TEXT NOT NULL, config_sha256 TEXT NOT NULL,"
    "  scope TEXT NOT NULL, program TEXT NOT NULL,"
    "  environment INTEGER NOT NULL REFERENCES environment(id), reference INTEGER NOT NULL,"
    "  started_ms INTEGER NOT NULL, finished_ms INTEGER NOT NULL, active_ms INTEGER NOT NULL,"
    "  planned INTEGER NOT NULL, recorded INTEGER NOT NULL, workers INTEGER NOT NULL,"
    "  indexed_bytes INTEGER NOT NULL);"
    "CREATE TABLE case_(id INTEGER PRIMARY KEY, suite TEXT NOT NULL, name TEXT NOT NULL,"
    "  family TEXT NOT NULL, type TEXT NOT NULL, ref TEXT NOT NULL, UNIQUE(suite, name));"
    "CREATE TABLE variant(id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE,"
    "  label TEXT NOT NULL, axes TEXT NOT NULL, backend TEXT NOT NULL, dtype TEXT NOT NULL);"
    "CREATE TABLE cell(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, suite TEXT NOT NULL,"
    "  family TEXT NOT NULL, variant INTEGER NOT NULL REFERENCES variant(id));"
    "CREATE TABLE run_cell(run INTEGER NOT NULL REFERENCES run(id),"
    "  cell INTEGER NOT NULL REFERENCES cell(id), command TEXT NOT NULL,"
    "  command_one TEXT NOT NULL, log TEXT NOT NULL,"
    "  note TEXT NOT NULL, planned INTEGER NOT NULL, workers INTEGER NOT NULL,"
    "  peak_rss_kib INTEGER NOT NULL, busy_ms REAL NOT NULL,"
    "  PRIMARY KEY(run, cell)) WITHOUT ROWID;"
    "CREATE INDEX run_cell_of_cell ON run_cell(cell, run);";

static const char results_and_causes[] =
    "CREATE TABLE result(run INTEGER NOT NULL, cell INTEGER NOT NULL, case_ INTEGER NOT NULL,"
    "  verdict INTEGER NOT NULL, before INTEGER NOT NULL, change INTEGER NOT NULL,"
    "  attempts INTEGER NOT NULL, decided INTEGER NOT NULL, ms REAL NOT NULL,"
    "  signature INTEGER NOT NULL, message TEXT NOT NULL,"
    "  PRIMARY KEY(run, cell, case_)) WITHOUT ROWID;"
    "CREATE INDEX result_of_case ON result(cell, case_, run);"
    "CREATE INDEX result_of_signature ON result(signature, run) WHERE signature <> 0;"
    "CREATE TABLE attempt(run INTEGER NOT NULL, cell INTEGER NOT NULL, case_ INTEGER NOT NULL,"
    "  n INTEGER NOT NULL, status INTEGER NOT NULL, started_ms INTEGER NOT NULL,"
    "  ms REAL NOT NULL, exit_code INTEGER NOT NULL, signal INTEGER NOT NULL,"
    "  message TEXT NOT NULL, compared INTEGER NOT NULL, nmse REAL, nmse_limit REAL,"
    "  max_abs REAL, tolerance TEXT NOT NULL, worst_key TEXT NOT NULL,"
    "  worst_index TEXT NOT NULL, worst_got REAL, worst_want REAL, golden_sha256 TEXT NOT NULL,"
    "  requested TEXT NOT NULL, actual TEXT NOT NULL, native INTEGER NOT NULL,"
    "  composite INTEGER NOT NULL, reference INTEGER NOT NULL, log_begin INTEGER NOT NULL,"
    "  log_end INTEGER NOT NULL, PRIMARY KEY(run, cell, case_, n)) WITHOUT ROWID;"
    "CREATE TABLE signature(id INTEGER PRIMARY KEY, algo INTEGER NOT NULL, hash TEXT NOT NULL,"
    "  class TEXT NOT NULL, layer TEXT NOT NULL, rule TEXT NOT NULL,"
    "  rule_version INTEGER NOT NULL, template TEXT NOT NULL, first_run INTEGER NOT NULL,"
    "  last_run INTEGER NOT NULL, UNIQUE(algo, hash));"
    "CREATE TABLE occurrence(run INTEGER NOT NULL, cell INTEGER NOT NULL,"
    "  case_ INTEGER NOT NULL, n INTEGER NOT NULL, signature INTEGER NOT NULL,"
    "  location TEXT NOT NULL, what TEXT NOT NULL, tail TEXT NOT NULL,"
    "  PRIMARY KEY(run, cell, case_, n)) WITHOUT ROWID;"
    /* Kept by the writer, so that pages over many runs never walk the results. */
    "CREATE TABLE rollup(run INTEGER NOT NULL, cell INTEGER NOT NULL, verdict INTEGER NOT NULL,"
    "  cases INTEGER NOT NULL, PRIMARY KEY(run, cell, verdict)) WITHOUT ROWID;"
    "CREATE VIEW failure AS SELECT run.name AS run, cell.name AS cell, case_.name AS case_,"
    "  v.name AS verdict, c.name AS change, result.message AS message"
    "  FROM result JOIN run ON run.id = result.run JOIN cell ON cell.id = result.cell"
    "  JOIN case_ ON case_.id = result.case_"
    "  JOIN word v ON v.kind = 'verdict' AND v.code = result.verdict"
    "  LEFT JOIN word c ON c.kind = 'change' AND c.code = result.change"
    "  WHERE v.name NOT IN ('pass', 'na', 'xfail');";

static const char times_and_shifts[] =
    "CREATE TABLE timing(run INTEGER NOT NULL, cell INTEGER NOT NULL, case_ INTEGER NOT NULL,"
    "  n INTEGER NOT NULL, cpu_ms REAL NOT NULL, calibration_ms REAL, version INTEGER NOT NULL,"
    "  PRIMARY KEY(run, cell, case_, n)) WITHOUT ROWID;"
    "CREATE TABLE shift(run INTEGER NOT NULL, cell INTEGER NOT NULL, case_ INTEGER NOT NULL,"
    "  kind INTEGER NOT NULL, before REAL NOT NULL, now REAL NOT NULL, runs INTEGER NOT NULL,"
    "  attempts INTEGER NOT NULL, PRIMARY KEY(run, cell, case_, kind)) WITHOUT ROWID;"
    "CREATE TABLE ratchet(environment INTEGER NOT NULL, cell INTEGER NOT NULL,"
    "  case_ INTEGER NOT NULL, golden_sha256 TEXT NOT NULL, nmse_limit REAL NOT NULL,"
    "  nmse REAL NOT NULL, PRIMARY KEY(environment, cell, case_)) WITHOUT ROWID;";

static const char diagnoses[] =
    "CREATE TABLE diagnosis(run INTEGER NOT NULL, cell INTEGER NOT NULL, case_ INTEGER NOT NULL,"
    "  kind TEXT NOT NULL, layer INTEGER NOT NULL, stage TEXT NOT NULL, op TEXT NOT NULL,"
    "  kernel TEXT NOT NULL, shapes TEXT NOT NULL, nmse REAL, max_abs REAL, limit_ REAL,"
    "  reference TEXT NOT NULL, message TEXT NOT NULL, error TEXT NOT NULL,"
    "  PRIMARY KEY(run, cell, case_)) WITHOUT ROWID;"
    /* A cause is what stays the same from run to run; a cluster is what it did in one. */
    "CREATE TABLE cause(id INTEGER PRIMARY KEY, algo INTEGER NOT NULL, hash TEXT NOT NULL,"
    "  first_run INTEGER NOT NULL, last_run INTEGER NOT NULL, UNIQUE(algo, hash));"
    "CREATE TABLE cluster(run INTEGER NOT NULL, cause INTEGER NOT NULL REFERENCES cause(id),"
    "  kind TEXT NOT NULL, words TEXT NOT NULL, message TEXT NOT NULL, cell INTEGER NOT NULL,"
    "  case_ INTEGER NOT NULL, cells INTEGER NOT NULL, cases INTEGER NOT NULL,"
    "  PRIMARY KEY(run, cause)) WITHOUT ROWID;"
    "CREATE TABLE cluster_case(run INTEGER NOT NULL, cell INTEGER NOT NULL,"
    "  case_ INTEGER NOT NULL, cause INTEGER NOT NULL, how TEXT NOT NULL,"
    "  PRIMARY KEY(run, cell, case_)) WITHOUT ROWID;"
    "CREATE INDEX cluster_case_of_cause ON cluster_case(cause, run);";

static const char waivers[] =
    "CREATE TABLE waiver(run INTEGER NOT NULL, cell INTEGER NOT NULL, case_ INTEGER NOT NULL,"
    "  kind INTEGER NOT NULL, entry INTEGER NOT NULL, signatures TEXT NOT NULL,"
    "  reason TEXT NOT NULL, owner TEXT NOT NULL, issue TEXT NOT NULL, expires TEXT NOT NULL,"
    "  expired INTEGER NOT NULL, strict INTEGER NOT NULL,"
    "  PRIMARY KEY(run, cell, case_, kind, entry)) WITHOUT ROWID;";

/* What is fixed by a fix that has a record; see store/mends.h. */
static const char mends[] =
    "CREATE TABLE mend(run INTEGER NOT NULL, fix TEXT NOT NULL, cause TEXT NOT NULL,"
    "  words TEXT NOT NULL, pr INTEGER NOT NULL, url TEXT NOT NULL, commit_ TEXT NOT NULL,"
    "  how TEXT NOT NULL, proof_sha256 TEXT NOT NULL, cases INTEGER NOT NULL,"
    "  PRIMARY KEY(run, fix)) WITHOUT ROWID;"
    "CREATE INDEX mend_of_cause ON mend(cause, run);";

/* SHA-256 of the program that ran the cell; '' where the journal does not say. */
static const char programs[] =
    "ALTER TABLE run_cell ADD COLUMN program_sha256 TEXT NOT NULL DEFAULT '';";

/* Whether the run, once finished, is to have an entry; not where the journal does not say. */
static const char entries[] = "ALTER TABLE run ADD COLUMN ledger INTEGER NOT NULL DEFAULT 0;";

const char *const schema_steps[] = {
    runs_and_cells, results_and_causes, times_and_shifts, diagnoses, waivers,
    mends,          programs,           entries};
const size_t schema_version = sizeof(schema_steps) / sizeof(*schema_steps);
