/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/store/mends.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "orchestrator/store/change.h"
#include "orchestrator/store/sql.h"

enum { ROOM = 8 };

/* Room for one more of `size` bytes: an arena array that doubles. */
static void *more(struct arena *arena, void *rows, size_t n, size_t size) {
    if (n == 0)
        return arena_array(arena, ROOM, size);
    if (n < ROOM || (n & (n - 1)))
        return rows;
    void *larger = arena_array(arena, 2 * n, size);
    memcpy(larger, rows, n * size);
    return larger;
}

bool mends_is_url(const char *url) {
    static const char *const schemes[] = {"https://", "http://"};
    for (const char *c = url; *c; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f || strchr("\"'<>()[]\\`|", *c))
            return false;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
        size_t len = strlen(schemes[i]);
        if (strncmp(url, schemes[i], len) == 0)
            return url[len] != '\0';
    }
    return false;
}

int mends_put(struct db *db, const struct mend_row *m) {
    struct sql q = sql_open(db, "INSERT OR REPLACE INTO mend VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    sql_put_int(&q, m->run);
    sql_put_text(&q, m->fix);
    sql_put_text(&q, m->cause);
    sql_put_text(&q, m->words);
    sql_put_int(&q, m->number);
    sql_put_text(&q, m->url);
    sql_put_text(&q, m->commit);
    sql_put_text(&q, m->how);
    sql_put_text(&q, m->proof_sha256);
    sql_put_int(&q, m->cases);
    return sql_run(&q, "adding what a fix mended");
}

static struct mend_row read_row(struct sql *q, struct arena *arena) {
    struct mend_row m = {.run = sql_int(q)};
    m.fix = sql_text(q, arena);
    m.cause = sql_text(q, arena);
    m.words = sql_text(q, arena);
    m.number = sql_int(q);
    m.url = sql_text(q, arena);
    m.commit = sql_text(q, arena);
    m.how = sql_text(q, arena);
    m.proof_sha256 = sql_text(q, arena);
    m.cases = sql_int(q);
    m.run_name = sql_text(q, arena);
    return m;
}

static int read_rows(struct sql *q, struct arena *arena, struct mend_row **out, size_t *len) {
    struct mend_row *rows = NULL;
    size_t n = 0;
    while (sql_row(q)) {
        rows = more(arena, rows, n, sizeof(*rows));
        rows[n++] = read_row(q, arena);
    }
    *out = rows;
    *len = n;
    return sql_close(q, "reading what fixes mended");
}

#define MEND_COLUMNS                                                                        \
    "SELECT m.run, m.fix, m.cause, m.words, m.pr, m.url, m.commit_, m.how, m.proof_sha256," \
    " m.cases, run.name FROM mend m JOIN run ON run.id = m.run"

int mends_of_run(struct db *db, struct arena *arena, int64_t run, struct mend_row **out,
                 size_t *len) {
    struct sql q = sql_open(db, MEND_COLUMNS " WHERE m.run = ? ORDER BY m.cases DESC, m.fix");
    sql_put_int(&q, run);
    return read_rows(&q, arena, out, len);
}

int mends_of_cause(struct db *db, struct arena *arena, const char *hash, struct mend_row **out,
                   size_t *len) {
    struct sql q = sql_open(db, MEND_COLUMNS " WHERE m.cause = ? ORDER BY m.run DESC, m.fix");
    sql_put_text(&q, hash);
    return read_rows(&q, arena, out, len);
}

int mends_fixed(struct db *db, struct arena *arena, int64_t run, int64_t reference,
                struct mend_case **out, size_t *len) {
    struct mend_case *rows = NULL;
    size_t n = 0;
    struct sql q = sql_open(db, "SELECT n.verdict, n.signature, o.verdict, o.signature, cell.name,"
                                " c.name FROM result n JOIN result o ON o.run = ?2"
                                " AND o.cell = n.cell AND o.case_ = n.case_"
                                " JOIN cell ON cell.id = n.cell JOIN case_ c ON c.id = n.case_"
                                " WHERE n.run = ?1 AND n.verdict <> o.verdict"
                                " ORDER BY cell.name, c.name");
    sql_put_int(&q, run);
    sql_put_int(&q, reference);
    while (sql_row(&q)) {
        enum verdict now = (enum verdict)sql_int(&q);
        int64_t signature = sql_int(&q);
        enum verdict before = (enum verdict)sql_int(&q);
        int64_t signature_before = sql_int(&q);
        if (change_of(before, signature_before, now, signature) != CHANGE_FIXED)
            continue;
        rows = more(arena, rows, n, sizeof(*rows));
        rows[n].cell = sql_text(&q, arena);
        rows[n++].name = sql_text(&q, arena);
    }
    *out = rows;
    *len = n;
    return sql_close(&q, "reading what is fixed");
}

void mends_write(struct json_writer *w, const struct mend_row *rows, size_t len) {
    json_open_array(w, "mends");
    for (size_t i = 0; i < len; i++) {
        json_open_object(w, NULL);
        json_put_str(w, "run", rows[i].run_name);
        json_put_str(w, "fix", rows[i].fix);
        json_put_str(w, "cluster", rows[i].cause);
        json_put_str(w, "words", rows[i].words);
        json_put_int(w, "pr", rows[i].number);
        json_put_str(w, "url", rows[i].url);
        json_put_str(w, "commit", rows[i].commit);
        json_put_str(w, "how", rows[i].how);
        json_put_str(w, "proof_sha256", rows[i].proof_sha256);
        json_put_int(w, "cases", rows[i].cases);
        json_close_object(w);
    }
    json_close_array(w);
}
