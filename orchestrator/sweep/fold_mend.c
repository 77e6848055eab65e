/* SPDX-License-Identifier: Apache-2.0 */
/* The line `mend` of a journal. */
#include "engine/base/err.h"
#include "orchestrator/store/mends.h"
#include "orchestrator/sweep/fold.h"
#include "orchestrator/sweep/index.h"

enum { CASES_MAX = 100000000 };

int fold_mend(struct index *ix, struct json at) {
    struct mend_row m = {.run = ix->run.id, .url = ""};
    const struct {
        const char *key;
        const char **into;
    } texts[] = {
        {"words",        &m.words       },
        {"url",          &m.url         },
        {"commit",       &m.commit      },
        {"how",          &m.how         },
        {"proof_sha256", &m.proof_sha256},
    };
    int rc = json_str(at, "fix", &m.fix);
    if (rc == 0)
        rc = json_str(at, "cluster", &m.cause);
    for (size_t i = 0; rc == 0 && i < sizeof(texts) / sizeof(*texts); i++)
        rc = json_opt_str(at, texts[i].key, texts[i].into);
    if (rc == 0 && *m.url && !mends_is_url(m.url))
        rc = json_fail(json_get(at, "url"), "it is no address of the web");
    if (rc == 0)
        rc = json_opt_int(at, "pr", 0, INT32_MAX, &m.number);
    if (rc == 0)
        rc = json_int(at, "cases", 1, CASES_MAX, &m.cases);
    return rc == 0 ? mends_put(ix->db, &m) : rc;
}
