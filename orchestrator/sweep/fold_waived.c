/* SPDX-License-Identifier: Apache-2.0 */
/* The line `waived` of a journal. */
#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/store/waivers.h"
#include "orchestrator/sweep/fold.h"
#include "orchestrator/sweep/index.h"

enum { SIGNATURES_MAX = 16 << 10, ENTRY_MAX = 1000000 };

/* Joined by blanks; a signature has none. */
static int read_signatures(struct index *ix, struct json at, struct waiver_row *w) {
    struct buf words;
    int rc = 0;
    buf_init(&words, SIGNATURES_MAX);
    for (struct json v = json_first(json_get(at, "signatures")); rc == 0 && v.node;
         v = json_next(v)) {
        const char *hash;
        rc = json_as_str(v, &hash);
        if (rc == 0)
            buf_printf(&words, "%s%s", words.len ? " " : "", hash);
    }
    if (rc == 0)
        rc = buf_ok(&words, "the signatures of an entry");
    w->signatures = arena_strdup(&ix->line, words.data);
    buf_done(&words);
    return rc;
}

int fold_waived(struct index *ix, struct json at) {
    struct waiver_row w = {.run = ix->run.id};
    const char *kind = "";
    const struct {
        const char *key;
        const char **into;
    } texts[] = {
        {"reason",  &w.reason },
        {"owner",   &w.owner  },
        {"issue",   &w.issue  },
        {"expires", &w.expires},
    };
    int rc = fold_find_case(ix, at, &w.cell, &w.case_id);
    if (rc == 0)
        rc = json_str(at, "kind", &kind);
    if (rc == 0 && (w.kind = waiver_kind_find(kind)) == WAIVER_NONE)
        rc = json_fail(json_get(at, "kind"), "\"%s\" is no kind of entry", kind);
    if (rc == 0)
        rc = json_int(at, "entry", 0, ENTRY_MAX, &w.entry);
    for (size_t i = 0; rc == 0 && i < sizeof(texts) / sizeof(*texts); i++)
        rc = json_opt_str(at, texts[i].key, texts[i].into);
    if (rc == 0)
        rc = json_opt_bool(at, "expired", &w.expired);
    if (rc == 0)
        rc = json_opt_bool(at, "strict", &w.strict);
    if (rc == 0)
        rc = read_signatures(ix, at, &w);
    return rc == 0 ? waivers_put(ix->db, &w) : rc;
}
