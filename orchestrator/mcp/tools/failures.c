/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "orchestrator/mcp/resource.h"
#include "orchestrator/mcp/tool.h"
#include "orchestrator/store/results.h"

enum { SHOWN = 50, SHOWN_MAX = 500, ADDRESS_BYTES = 8 << 10 };

static const struct tool_arg args[] = {
    {TOOL_STR, "run",    false, 0, 0,         "The run; the last unless given."                    },
    {TOOL_STR, "cell",   false, 0, 0,         "Only cells whose name holds this, \"qwen3/cpu\"."   },
    {TOOL_STR, "case",   false, 0, 0,         "Only cases whose name holds this."                  },
    {TOOL_STR, "change", false, 0, 0,         "Only these: new_failure, still_failing, mutated …"},
    {TOOL_INT, "limit",  false, 1, SHOWN_MAX, "How many; 50 unless given."                         },
    {TOOL_INT, "offset", false, 0, INT32_MAX, "How many to leave out first, to go on from a page." },
    TOOL_END_ROW,
};

static void put_address(struct json_writer *w, const struct result *r) {
    struct buf uri;
    buf_init(&uri, ADDRESS_BYTES);
    resource_address(&uri, r->log, r->last.log_begin, r->last.log_end);
    if (uri.len && !uri.over)
        json_put_str(w, "log", uri.data);
    buf_done(&uri);
}

static void put_number(struct json_writer *w, const char *key, double v) {
    if (isfinite(v))
        json_put_real(w, key, v);
}

static void put_row(struct json_writer *w, const struct result *r) {
    json_open_object(w, NULL);
    json_put_str(w, "cell", r->cell_name);
    json_put_str(w, "case", r->case_name);
    json_put_str(w, "verdict", verdict_name(r->verdict));
    json_put_str(w, "change", change_name(r->change));
    json_put_str(w, "message", r->last.message);
    json_put_str(w, "location", r->last.location);
    json_put_str(w, "signature", r->signature_hash);
    put_number(w, "nmse", r->last.nmse);
    put_number(w, "nmse_limit", r->last.nmse_limit);
    json_put_str(w, "command", r->command);
    put_address(w, r);
    json_close_object(w);
}

static bool is_wanted(const struct call *c, const struct result *r) {
    const char *change = call_str(c, "change", NULL);
    return strstr(r->cell_name, call_str(c, "cell", "")) &&
           strstr(r->case_name, call_str(c, "case", "")) &&
           (!change || strcmp(change, change_name(r->change)) == 0);
}

static int run(struct call *c) {
    struct result_filter filter = {.red = true};
    struct result *rows = NULL;
    struct json_writer w;
    struct run r;
    size_t len = 0;
    int64_t skip = call_int(c, "offset", 0), left = call_int(c, "limit", SHOWN), all = 0;
    int rc = call_run(c, &r);
    filter.run = rc < 0 ? 0 : r.id;
    if (rc == 0)
        rc = results_list(c->db, &c->place.arena, &filter, &rows, &len);
    if (rc < 0)
        return rc;
    json_writer_init(&w, &c->out, 0);
    json_open_object(&w, NULL);
    json_put_str(&w, "run", r.name);
    json_open_array(&w, "failures");
    for (size_t i = 0; i < len; i++) {
        if (!is_wanted(c, &rows[i]))
            continue;
        if (all >= skip && left-- > 0)
            put_row(&w, &rows[i]);
        all++;
    }
    json_close_array(&w);
    json_put_int(&w, "total", all);
    json_close_object(&w);
    return 0;
}

const struct tool tool_failures = {
    .name = "failures",
    .title = "Failing cases",
    .about = "The red cases of a run, each with its message, the command that runs it alone and "
             "the address of its part of the log.",
    .args = args,
    .run = run,
};
