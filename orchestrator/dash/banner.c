/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/dash/banner.h"

#include <string.h>

#include "engine/base/err.h"
#include "orchestrator/dash/causes.h"
#include "orchestrator/dash/mended.h"
#include "orchestrator/dash/parts.h"

enum { CELLS_NAMED = 6 };

static bool is_clean(const struct rates *r) {
    return r->ran && !r->red && !r->flaky && !r->infra && !r->missing;
}

static int64_t count_of(const struct site_run *run, enum shift kind) {
    int64_t n = 0;
    for (size_t i = 0; i < run->n_shifts; i++)
        n += run->shifts[i].kind == kind;
    return n;
}

const char *banner_class(const struct site_run *run) {
    if (run->n_regressed)
        return "bad";
    bool steady = count_of(run, SHIFT_SLOWER) + count_of(run, SHIFT_DRIFT) == 0;
    return is_clean(&run->rates) && steady && run->run.state == RUN_FINISHED ? "ok" : "warn";
}

static void put_title(struct html *h, const struct site_run *run) {
    const struct rates *r = &run->rates;
    int64_t n = (int64_t)run->n_regressed;
    int64_t slower = count_of(run, SHIFT_SLOWER), drifted = count_of(run, SHIFT_DRIFT);
    bool compared = run->run.reference != 0;
    if (!r->ran)
        html_put(h, "Nothing ran.");
    if (n)
        html_put(h, "%L %s regressed.", n, part_plural(n, "case", "cases"));
    else if (r->ran && compared)
        html_put(h, slower + drifted ? "No case broke." : "Nothing regressed.");
    if (slower)
        html_put(h, " %L got slower.", slower);
    if (drifted)
        html_put(h, " %L got less exact.", drifted);
    if (!n && r->red)
        html_put(h, " %L %s %s.", r->red, part_plural(r->red, "case", "cases"),
                 compared ? part_plural(r->red, "still fails", "still fail")
                          : part_plural(r->red, "fails", "fail"));
    else if (!n && is_clean(r) && r->xfail)
        html_put(h, " %L of %L cases that ran pass, %L %s as expected.", r->passed, r->ran,
                 r->xfail, part_plural(r->xfail, "fails", "fail"));
    else if (!n && is_clean(r))
        html_put(h, " All %L cases that ran pass.", r->ran);
}

/* "in 3 cells: qwen3 cpu/bf16, …": where the regressions are. */
static void put_where(struct html *h, struct site *site, const struct site_run *run) {
    int64_t cells[CELLS_NAMED];
    size_t named = 0, all = 0;
    struct map seen = {0};
    map_init(&seen, 16);
    for (size_t i = 0; i < run->n_regressed; i++) {
        const struct result *r = &run->changed[i];
        if (!map_add(&seen, r->cell_name, strlen(r->cell_name), 0))
            continue;
        if (named < CELLS_NAMED)
            cells[named++] = (int64_t)i;
        all++;
    }
    map_done(&seen);
    html_put(h, "In ");
    for (size_t i = 0; i < named; i++) {
        const struct result *r = &run->changed[cells[i]];
        html_put(h, "%s", i ? ", " : "");
        html_put(h, "%s ", r->family);
        part_cell_link(h, site_cell_of(site, r->cell), r->label);
    }
    if (all > named)
        html_put(h, " and %L more cells", (int64_t)(all - named));
    html_put(h, ". ");
}

/* What is neither right nor wrong. */
static void put_unsure(struct html *h, const struct rates *r) {
    const struct {
        int64_t n;
        const char *one, *many;
    } rows[] = {
        {r->flaky,       "case is flaky",                   "cases are flaky"                   },
        {r->infra,       "case was lost to the machine",    "cases were lost to the machine"    },
        {r->missing,     "case has no verdict",             "cases have no verdict"             },
        {r->xfail_other, "failure is not the expected one", "failures are not the expected ones"},
        {r->xpass,       "expected failure passes",         "expected failures pass"            },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (rows[i].n)
            html_put(h, "%L %s. ", rows[i].n, part_plural(rows[i].n, rows[i].one, rows[i].many));
}

static int put_reference(struct html *h, struct site *site, const struct site_run *run) {
    struct run reference = {.name = ""};
    const struct site_run *shown = site_run_of(site, run->run.reference);
    if (!run->run.reference)
        return 0;
    int rc = shown ? 0 : runs_get(site->db, &site->arena, run->run.reference, &reference);
    if (rc == ERR_NOTFOUND)
        return 0;
    html_put(h, " compared with ");
    part_run_link(h, shown, reference.name);
    return rc;
}

int banner_put(struct html *h, struct site *site, const struct site_run *run) {
    char when[PART_SIZE];
    html_put(h, "<section class=\"banner %s\"><strong>", banner_class(run));
    put_title(h, run);
    html_put(h, "</strong><p>");
    if (run->n_regressed)
        put_where(h, site, run);
    put_unsure(h, &run->rates);
    html_put(h, "</p>");
    int rc = causes_put_line(h, site, run);
    if (rc == 0)
        rc = mended_put_line(h, site, run);
    html_put(h, "<p class=\"soft\">Run ");
    part_run_link(h, run, NULL);
    if (rc == 0)
        rc = put_reference(h, site, run);
    html_put(h, "%s. Data of %s", run->run.reference ? "" : ", with none before it to compare with",
             part_time(run->run.finished_ms ? run->run.finished_ms : run->run.started_ms, when));
    if (run->run.state != RUN_FINISHED)
        html_put(h, ", %s: %L of %L cases recorded", run_state_name(run->run.state),
                 run->run.recorded, run->run.planned);
    if (*run->run.scope)
        html_put(h, ", only %s", run->run.scope);
    html_put(h, ".</p></section>\n");
    return rc;
}
