/* SPDX-License-Identifier: Apache-2.0 */
/* The line `diagnosis` of a journal. */
#include <math.h>

#include "orchestrator/store/diagnoses.h"
#include "orchestrator/sweep/fold.h"
#include "orchestrator/sweep/index.h"

enum { LAYER_MAX = 1000000 };

/* Infinities are words. */
static int read_real(struct json at, const char *key, double *out) {
    struct json v = json_get(at, key);
    const char *word = "";
    *out = (double)NAN;
    if (json_type(v) != JSON_STRING)
        return json_opt_real(at, key, out);
    int rc = json_as_str(v, &word);
    *out = word[0] == '-' ? -(double)INFINITY : (double)INFINITY;
    return rc;
}

int fold_diagnosis(struct index *ix, struct json at) {
    struct diagnosis d = {.run = ix->run.id, .layer = -1};
    const struct {
        const char *key;
        const char **into;
    } texts[] = {
        {"kind",      &d.kind     },
        {"stage",     &d.stage    },
        {"op",        &d.op       },
        {"kernel",    &d.kernel   },
        {"shapes",    &d.shapes   },
        {"reference", &d.reference},
        {"message",   &d.message  },
        {"error",     &d.error    },
    };
    const struct {
        const char *key;
        double *into;
    } reals[] = {
        {"nmse",    &d.nmse   },
        {"max_abs", &d.max_abs},
        {"limit",   &d.limit  },
    };
    int rc = fold_find_case(ix, at, &d.cell, &d.case_id);
    for (size_t i = 0; rc == 0 && i < sizeof(texts) / sizeof(*texts); i++)
        rc = json_opt_str(at, texts[i].key, texts[i].into);
    for (size_t i = 0; rc == 0 && i < sizeof(reals) / sizeof(*reals); i++)
        rc = read_real(at, reals[i].key, reals[i].into);
    if (rc == 0)
        rc = json_opt_int(at, "layer", 0, LAYER_MAX, &d.layer);
    return rc == 0 ? diagnoses_put(ix->db, &d) : rc;
}
