/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/clock.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/opt.h"
#include "orchestrator/store/cells.h"
#include "orchestrator/store/mends.h"
#include "orchestrator/sweep/lock.h"
#include "orchestrator/sweep/summary.h"
#include "orchestrator/sweep/view.h"

struct options {
    bool json;
};

static const struct opt opts[] = {
    {OPT_FLAG, "json", 0, offsetof(struct options, json), NULL, 0, 0,
     "Print JSON, with each verdict's count and what fixes mended."},
    OPT_END_ROW,
};

/* A run that is under way in the index and held by nobody was killed. */
static const char *state_of(const struct run *run, const char *holder) {
    if (run->state == RUN_RUNNING && !*holder)
        return "killed";
    return run_state_name(run->state);
}

/* Every verdict that there is, by name: no outcome hides in another. */
static int put_verdicts(struct json_writer *w, struct db *db, struct arena *arena,
                        const struct run *run) {
    struct run_cell *cells = NULL;
    size_t len = 0;
    int rc = cells_of_run(db, arena, run->id, &cells, &len);
    json_open_object(w, "verdicts");
    for (int v = 1; rc == 0 && v < VERDICT_COUNT; v++) {
        int64_t n = 0;
        for (size_t i = 0; i < len; i++)
            n += cells[i].count[v];
        json_put_int(w, verdict_name((enum verdict)v), n);
    }
    json_close_object(w);
    return rc;
}

static int put_mends(struct json_writer *w, struct db *db, struct arena *arena,
                     const struct run *run) {
    struct mend_row *rows = NULL;
    size_t len = 0;
    int rc = mends_of_run(db, arena, run->id, &rows, &len);
    if (rc == 0)
        mends_write(w, rows, len);
    return rc;
}

static int print_json(struct buf *out, struct db *db, struct arena *arena, const struct run *run,
                      const char *holder) {
    struct json_writer w;
    json_writer_init(&w, out, 2);
    json_open_object(&w, NULL);
    json_put_str(&w, "run", run->name);
    json_put_str(&w, "state", state_of(run, holder));
    json_put_str(&w, "commit", run->commit);
    json_put_int(&w, "planned", run->planned);
    json_put_int(&w, "recorded", run->recorded);
    json_put_int(&w, "started_ms", run->started_ms);
    json_put_int(&w, "last_event_ms", run->finished_ms);
    json_put_str(&w, "holder", holder);
    int rc = put_verdicts(&w, db, arena, run);
    if (rc == 0)
        rc = put_mends(&w, db, arena, run);
    json_close_object(&w);
    buf_putc(out, '\n');
    return rc;
}

static int print_text(struct buf *out, struct db *db, const struct run *run, const char *holder) {
    char started[CLOCK_ISO_SIZE], last[CLOCK_ISO_SIZE];
    struct summary figures;
    buf_printf(out, "run %s, %s: %lld of %lld cases recorded\n", run->name, state_of(run, holder),
               (long long)run->recorded, (long long)run->planned);
    buf_printf(out, "commit %.12s%s, began %s, last event %s\n", run->commit,
               run->dirty ? " (changed)" : "", clock_iso(run->started_ms, started),
               clock_iso(run->finished_ms, last));
    if (*holder)
        buf_printf(out, "held by %s\n", holder);
    else if (run->state == RUN_RUNNING || run->state == RUN_INTERRUPTED)
        buf_puts(out, "nobody is at it; \"noctule sweep --resume\" finishes it\n");
    buf_putc(out, '\n');
    return summary_print(out, db, run->id, &figures);
}

static int run(const void *options, int argc, char **argv) {
    const struct options *o = options;
    struct view v;
    struct run *newest;
    size_t len;
    char holder[LOCK_HOLDER_SIZE];
    if (argc > 0)
        return err_set(ERR_ARG, "\"%s\" is not an option", argv[0]);
    int rc = view_open(&v);
    if (rc == 0)
        rc = runs_list(v.db, v.arena, v.place.config.name, 1, &newest, &len);
    if (rc == 0 && !len)
        rc = err_set(ERR_NOTFOUND, "nothing was swept here yet");
    if (rc == 0)
        lock_holder(v.place.logs, holder);
    if (rc == 0 && o->json)
        rc = print_json(&v.out, v.db, v.arena, newest, holder);
    else if (rc == 0)
        rc = print_text(&v.out, v.db, newest, holder);
    return view_close(&v, rc);
}

const struct cmd cmd_status = {
    .name = "status",
    .args = "",
    .summary = "Says how the newest run stands, and who is at it.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
