/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/bisect/diary.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "orchestrator/sweep/journal.h"

enum { SCHEMA = 1, ID_DIGITS = 12, LINE_MAX = JOURNAL_LINE_MAX, RUNS_MAX = 1 << 20 };

struct diary {
    struct journal *journal;
    struct buf line;
};

/* What a diary holds when it is taken up again. */
struct reader {
    struct arena *arena;
    struct diary_question *q;
    struct diary_run *runs;
    size_t len, cap;
    bool finished, begun;
    const char *path;
};

static const char *const outcomes[OUTCOME_COUNT] = {"pass", "fail", "other", "skip"};

const char *diary_outcome_name(enum outcome o) {
    return outcomes[o];
}

const char *diary_folder(struct arena *arena, const char *logs, const struct diary_question *q) {
    char digits[HASH_HEX_SIZE];
    const char *text =
        arena_printf(arena, "%s\n%s\n%s\n%s\n%s\n%d\n%d\n%g\n%g\n%d", q->asked.cell,
                     q->asked.case_name, q->asked.signature, q->asked.good, q->asked.bad, q->any,
                     q->own_fixture, q->flake, q->confidence, q->verify_runs);
    hash_bytes(text, strlen(text), digits);
    return arena_printf(arena, "%s/bisect/%.*s", logs, ID_DIGITS, digits);
}

static struct json_writer begin(struct diary *d, const char *event) {
    struct json_writer w;
    buf_reset(&d->line);
    json_writer_init(&w, &d->line, 0);
    json_open_object(&w, NULL);
    json_put_str(&w, "event", event);
    return w;
}

static int end(struct diary *d, struct json_writer *w) {
    json_put_int(w, "t", clock_wall_ms());
    json_close_object(w);
    buf_putc(&d->line, '\n');
    int rc = buf_ok(&d->line, "a line of the diary");
    if (rc == 0)
        rc = journal_add(d->journal, d->line.data, d->line.len);
    return rc == 0 ? journal_sync(d->journal) : rc;
}

static int add_question(struct diary *d, const struct diary_question *q) {
    struct json_writer w = begin(d, "bisect");
    json_put_int(&w, "schema", SCHEMA);
    json_put_str(&w, "cell", q->asked.cell);
    json_put_str(&w, "case", q->asked.case_name);
    json_put_str(&w, "signature", q->asked.signature);
    json_put_str(&w, "good", q->asked.good);
    json_put_str(&w, "bad", q->asked.bad);
    json_put_bool(&w, "any", q->any);
    json_put_bool(&w, "own_fixture", q->own_fixture);
    json_put_real(&w, "flake", q->flake);
    json_put_int(&w, "sound_runs", q->asked.sound_runs);
    json_put_int(&w, "sound_fails", q->asked.sound_fails);
    json_put_int(&w, "broken_runs", q->asked.broken_runs);
    json_put_int(&w, "broken_passes", q->asked.broken_passes);
    return end(d, &w);
}

static int read_question(struct reader *r, struct json root) {
    struct question *q = &r->q->asked;
    int64_t n[4] = {0}, schema;
    const char *signature = "";
    int rc = json_int(root, "schema", 1, SCHEMA, &schema);
    if (rc == 0)
        rc = json_str(root, "signature", &signature);
    if (rc == 0)
        rc = json_int(root, "sound_runs", 0, RUNS_MAX, &n[0]);
    if (rc == 0)
        rc = json_int(root, "sound_fails", 0, RUNS_MAX, &n[1]);
    if (rc == 0)
        rc = json_int(root, "broken_runs", 0, RUNS_MAX, &n[2]);
    if (rc == 0)
        rc = json_int(root, "broken_passes", 0, RUNS_MAX, &n[3]);
    if (rc < 0)
        return rc;
    q->sound_runs = (int)n[0];
    q->sound_fails = (int)n[1];
    q->broken_runs = (int)n[2];
    q->broken_passes = (int)n[3];
    r->begun = true;
    return 0;
}

static int read_text(struct reader *r, struct json root, const char *key, const char **out) {
    const char *text = "";
    int rc = json_str(root, key, &text);
    *out = arena_strdup(r->arena, text);
    return rc;
}

static int read_run(struct reader *r, struct json root) {
    struct diary_run run = {.ms = 0};
    const char *outcome = "";
    int o = 0;
    int rc = read_text(r, root, "commit", &run.commit);
    if (rc == 0)
        rc = json_str(root, "outcome", &outcome);
    while (rc == 0 && o < OUTCOME_COUNT && strcmp(outcomes[o], outcome) != 0)
        o++;
    if (rc == 0 && o == OUTCOME_COUNT)
        rc = json_fail(json_get(root, "outcome"), "\"%s\" is no outcome", outcome);
    if (rc == 0)
        rc = read_text(r, root, "status", &run.status);
    if (rc == 0)
        rc = read_text(r, root, "signature", &run.signature);
    if (rc == 0)
        rc = read_text(r, root, "what", &run.what);
    if (rc == 0)
        rc = read_text(r, root, "fixture", &run.fixture);
    if (rc == 0)
        rc = read_text(r, root, "note", &run.note);
    if (rc == 0)
        rc = json_real(root, "ms", &run.ms);
    if (rc == 0)
        rc = json_real(root, "build_ms", &run.build_ms);
    if (rc < 0)
        return rc;
    run.outcome = (enum outcome)o;
    if (r->len == r->cap) {
        struct diary_run *more = arena_array(r->arena, r->cap * 2 + 64, sizeof(*more));
        if (r->len)
            memcpy(more, r->runs, r->len * sizeof(*more));
        r->runs = more;
        r->cap = r->cap * 2 + 64;
    }
    r->runs[r->len++] = run;
    return 0;
}

static int read_line(void *arg, const char *line, size_t len, int64_t next) {
    struct reader *r = arg;
    struct json_doc *doc;
    const char *event = "", *signature = "";
    (void)next;
    int rc = json_parse(&doc, line, len, r->path, 0);
    if (rc < 0)
        return rc;
    struct json root = json_root(doc);
    rc = json_str(root, "event", &event);
    if (rc == 0 && strcmp(event, "bisect") == 0)
        rc = read_question(r, root);
    else if (rc == 0 && strcmp(event, "run") == 0)
        rc = read_run(r, root);
    else if (rc == 0 && strcmp(event, "signature") == 0 &&
             (rc = json_str(root, "signature", &signature)) == 0 &&
             strlen(signature) < SIGNATURE_SIZE)
        memcpy(r->q->asked.signature, signature, strlen(signature) + 1);
    else if (rc == 0 && strcmp(event, "finished") == 0)
        r->finished = true;
    json_free(doc);
    return rc;
}

static int take_up(struct diary *d, struct reader *r) {
    int rc = journal_append_to(&d->journal, r->path);
    return rc == 0 ? journal_read(r->path, 0, read_line, r) : rc;
}

int diary_open(struct diary **out, struct arena *arena, const char *folder,
               struct diary_question *q, struct diary_run **runs, size_t *len, bool *finished) {
    struct diary *d = xcalloc(1, sizeof(*d));
    struct reader r = {.arena = arena, .q = q};
    r.path = arena_printf(arena, "%s/bisect.ndjson", folder);
    buf_init(&d->line, LINE_MAX);
    int rc = file_exists(r.path) ? take_up(d, &r) : journal_create(&d->journal, r.path);
    if (rc == 0 && !r.begun)
        rc = add_question(d, q);
    if (rc < 0) {
        diary_close(d);
        return rc;
    }
    *out = d;
    *runs = r.runs;
    *len = r.len;
    *finished = r.finished;
    return 0;
}

void diary_close(struct diary *d) {
    if (!d)
        return;
    journal_close(d->journal);
    buf_done(&d->line);
    free(d);
}

int diary_add_run(struct diary *d, const struct diary_run *run) {
    struct json_writer w = begin(d, "run");
    json_put_str(&w, "commit", run->commit);
    json_put_str(&w, "outcome", outcomes[run->outcome]);
    json_put_str(&w, "status", run->status);
    json_put_str(&w, "signature", run->signature);
    json_put_str(&w, "what", run->what);
    json_put_str(&w, "fixture", run->fixture);
    json_put_str(&w, "note", run->note);
    json_put_real(&w, "ms", run->ms);
    json_put_real(&w, "build_ms", run->build_ms);
    return end(d, &w);
}

int diary_add_signature(struct diary *d, const char *signature) {
    struct json_writer w = begin(d, "signature");
    json_put_str(&w, "signature", signature);
    return end(d, &w);
}

int diary_finish(struct diary *d, const char *answer) {
    struct json_doc *doc;
    int rc = json_parse(&doc, answer, strlen(answer), "the answer", 0);
    if (rc < 0)
        return rc;
    struct json_writer w = begin(d, "finished");
    json_put_json(&w, "answer", json_root(doc));
    rc = end(d, &w);
    json_free(doc);
    return rc;
}
