/* SPDX-License-Identifier: Apache-2.0 */
/* data.json: the figures of the pages for other programs. Shares are 0…1, null where the base is
 * empty; times are milliseconds since 1970, UTC. */
#include "engine/base/json.h"
#include "orchestrator/dash/banner.h"
#include "orchestrator/dash/site.h"
#include "orchestrator/store/mends.h"
#include "orchestrator/store/signatures.h"

static void put_rates(struct json_writer *w, const struct rates *r) {
    json_open_object(w, "rates");
    json_put_int(w, "planned", r->planned);
    json_put_int(w, "ran", r->ran);
    json_put_int(w, "passed", r->passed);
    json_put_int(w, "failed", r->red);
    json_put_int(w, "flaky", r->flaky);
    json_put_int(w, "xfail", r->xfail);
    json_put_int(w, "xfail_other", r->xfail_other);
    json_put_int(w, "xpass", r->xpass);
    json_put_int(w, "na", r->na);
    json_put_int(w, "infra", r->infra);
    json_put_int(w, "missing", r->missing);
    json_put_real(w, "pass", r->pass);
    json_put_real(w, "low", r->low);
    json_put_real(w, "high", r->high);
    json_put_real(w, "coverage", r->coverage);
    json_put_real(w, "na_share", r->na_share);
    json_put_real(w, "infra_share", r->infra_share);
    json_close_object(w);
}

static int put_mends(struct json_writer *w, struct site *site, const struct site_run *r) {
    struct mend_row *rows = NULL;
    size_t len = 0;
    int rc = mends_of_run(site->db, &site->arena, r->run.id, &rows, &len);
    if (rc == 0)
        mends_write(w, rows, len);
    return rc;
}

static int put_run(struct json_writer *w, const char *key, struct site *site,
                   const struct site_run *r) {
    json_open_object(w, key);
    json_put_str(w, "name", r->run.name);
    json_put_str(w, "state", run_state_name(r->run.state));
    json_put_str(w, "scope", r->run.scope);
    json_put_str(w, "commit", r->run.commit);
    json_put_bool(w, "dirty", r->run.dirty);
    json_put_int(w, "started_ms", r->run.started_ms);
    json_put_int(w, "finished_ms", r->run.finished_ms);
    json_put_int(w, "active_ms", r->run.active_ms);
    json_put_int(w, "regressed", (int64_t)r->n_regressed);
    json_put_str(w, "page", r->page);
    put_rates(w, &r->rates);
    json_open_object(w, "changes");
    for (int c = 1; c < CHANGE_COUNT; c++)
        if (r->changes[c])
            json_put_int(w, change_name((enum change)c), r->changes[c]);
    json_close_object(w);
    int rc = put_mends(w, site, r);
    json_close_object(w);
    return rc;
}

static void put_result(struct json_writer *w, const struct result *r) {
    json_open_object(w, NULL);
    json_put_str(w, "case", r->case_name);
    json_put_str(w, "cell", r->cell_name);
    json_put_str(w, "verdict", r->verdict ? verdict_name(r->verdict) : NULL);
    json_put_str(w, "before", r->before ? verdict_name(r->before) : NULL);
    json_put_str(w, "change", r->change ? change_name(r->change) : NULL);
    json_put_str(w, "message", r->last.message);
    json_put_str(w, "signature", *r->signature_hash ? r->signature_hash : NULL);
    json_put_str(w, "command", r->command);
    json_close_object(w);
}

static void put_cell(struct json_writer *w, const struct site_cell *c) {
    json_open_object(w, NULL);
    json_put_str(w, "name", c->now.cell.name);
    json_put_str(w, "family", c->now.cell.family);
    json_put_str(w, "variant", c->now.cell.variant.label);
    json_put_str(w, "run", c->run->run.name);
    json_put_str(w, "page", c->page);
    put_rates(w, &c->rates);
    json_open_object(w, "verdicts");
    for (int v = 0; v < VERDICT_COUNT; v++)
        if (c->now.count[v])
            json_put_int(w, v ? verdict_name((enum verdict)v) : "not_recorded", c->now.count[v]);
    json_close_object(w);
    json_open_array(w, "pass_before"); /* oldest first, this one last */
    for (size_t i = c->n_history; i-- > 0;)
        json_put_real(w, NULL, rates_of(c->history[i]->count).pass);
    json_close_array(w);
    json_open_array(w, "times"); /* oldest first, of comparable runs; 1 = the usual */
    for (size_t i = 0; i < c->n_times; i++)
        json_put_real(w, NULL, c->times[i].share);
    json_close_array(w);
    json_close_object(w);
}

static void put_shifts(struct json_writer *w, const struct site_run *r) {
    json_open_array(w, "shifts");
    for (size_t i = 0; i < r->n_shifts; i++) {
        json_open_object(w, NULL);
        json_put_str(w, "kind", shift_name(r->shifts[i].kind));
        json_put_str(w, "case", r->shifts[i].case_name);
        json_put_str(w, "cell", r->shifts[i].cell_name);
        json_put_real(w, "before", r->shifts[i].before);
        json_put_real(w, "now", r->shifts[i].now);
        json_close_object(w);
    }
    json_close_array(w);
}

static int put_groups(struct json_writer *w, struct site *site) {
    struct signature_row *rows = NULL;
    size_t len = 0;
    int rc = signatures_of_run(site->db, &site->arena, site->now->run.id, &rows, &len);
    json_open_array(w, "groups");
    for (size_t i = 0; rc == 0 && i < len; i++) {
        json_open_object(w, NULL);
        json_put_str(w, "signature", rows[i].hash);
        json_put_str(w, "class", rows[i].class);
        json_put_str(w, "layer", rows[i].layer);
        json_put_str(w, "what", rows[i].what);
        json_put_str(w, "location", rows[i].location);
        json_put_int(w, "cases", rows[i].cases);
        json_put_int(w, "cells", rows[i].cells);
        json_put_str(w, "first_run", rows[i].first_run_name);
        json_close_object(w);
    }
    json_close_array(w);
    return rc;
}

static void put_results(struct json_writer *w, const char *key, const struct result *rows,
                        size_t len) {
    json_open_array(w, key);
    for (size_t i = 0; i < len; i++)
        put_result(w, &rows[i]);
    json_close_array(w);
}

static void put_models(struct json_writer *w, const struct site *site) {
    json_open_array(w, "models");
    for (size_t i = 0; i < site->n_families; i++) {
        struct rates rates = site_rates(site, NULL, site->families[i]);
        json_open_object(w, NULL);
        json_put_str(w, "family", site->families[i]);
        put_rates(w, &rates);
        json_close_object(w);
    }
    json_close_array(w);
}

static int write_data(struct site *site) {
    struct buf out;
    struct json_writer w;
    struct rates all = site_rates(site, NULL, NULL);
    buf_init(&out, SITE_PAGE_MAX);
    json_writer_init(&w, &out, 1);
    json_open_object(&w, NULL);
    json_put_int(&w, "schema", 1);
    json_put_str(&w, "subject", site->now->run.subject);
    json_put_str(&w, "answer", banner_class(site->now)); /* ok, bad or warn */
    int rc = put_run(&w, "run", site, site->now);
    put_rates(&w, &all);
    put_models(&w, site);
    json_open_array(&w, "cells");
    for (size_t i = 0; i < site->n_cells; i++)
        put_cell(&w, &site->cells[i]);
    json_close_array(&w);
    put_results(&w, "changes", site->now->changed, site->now->n_changed);
    put_results(&w, "needs_look", site->now->rough, site->now->n_rough);
    put_shifts(&w, site->now);
    if (rc == 0)
        rc = put_groups(&w, site);
    json_open_array(&w, "runs");
    for (size_t i = 0; rc == 0 && i < site->n_runs; i++)
        rc = put_run(&w, NULL, site, &site->runs[i]);
    json_close_array(&w);
    json_close_object(&w);
    buf_putc(&out, '\n');
    return site_finish(site, "data.json", &out, rc);
}

const struct page page_data = {"data", 90, write_data};
