/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/view.h"

#include <stdio.h>
#include "engine/base/plain.h"

enum { OUT_MAX = 1 << 30 };

int view_open(struct view *out) {
    *out = (struct view){.db = NULL};
    out->arena = &out->place.arena;
    buf_init(&out->out, OUT_MAX);
    int rc = place_open(&out->place, NULL);
    return rc == 0 ? place_open_index(&out->db, &out->place) : rc;
}

int view_open_run(struct view *out, const char *name, struct run *run) {
    int rc = view_open(out);
    return rc == 0 ? runs_find(out->db, out->arena, name ? name : "last", run) : rc;
}

int view_close(struct view *v, int rc) {
    if (rc >= 0) {
        int full = buf_ok(&v->out, "what is to be printed");
        rc = full < 0 ? full : rc;
    }
    if (rc >= 0)
        plain_print(stdout, v->out.data);
    buf_done(&v->out);
    db_close(v->db);
    place_close(&v->place);
    return rc;
}
