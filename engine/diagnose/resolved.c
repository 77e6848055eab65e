/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/resolved.h"

#include <stdio.h>
#include <string.h>

#include "engine/op/op.h"
#include "engine/op/stage.h"

/* The first stage of a layer whose op is given the number. */
static const struct row {
    const char *key;
    enum op op;
    enum stage stage;
} rows[] = {
    {"rms_norm_eps",                     OP_RMS_NORM,   STAGE_ATTN_NORM},
    {"layer_norm_eps",                   OP_LAYER_NORM, STAGE_ATTN_NORM},
    {"layer_norm_epsilon",               OP_LAYER_NORM, STAGE_ATTN_NORM},
    {"rope_type",                        OP_ROPE,       STAGE_Q_ROPE   },
    {"rope_theta",                       OP_ROPE,       STAGE_Q_ROPE   },
    {"factor",                           OP_ROPE,       STAGE_Q_ROPE   },
    {"original_max_position_embeddings", OP_ROPE,       STAGE_Q_ROPE   },
    {"attention_factor",                 OP_ROPE,       STAGE_Q_ROPE   },
    {"beta_fast",                        OP_ROPE,       STAGE_Q_ROPE   },
    {"beta_slow",                        OP_ROPE,       STAGE_Q_ROPE   },
    {"short_factor",                     OP_ROPE,       STAGE_Q_ROPE   },
    {"long_factor",                      OP_ROPE,       STAGE_Q_ROPE   },
    {NULL,                               OP_COUNT,      STAGE_NONE     },
};

/* "config.short_factor[3] is 1, and should be 8" */
static const struct row *row_of(const char *text) {
    static const char prefix[] = "config.";
    if (strncmp(text, prefix, sizeof(prefix) - 1) != 0)
        return NULL;
    text += sizeof(prefix) - 1;
    size_t len = strcspn(text, " [");
    for (const struct row *row = rows; row->key; row++)
        if (strlen(row->key) == len && strncmp(row->key, text, len) == 0)
            return row;
    return NULL;
}

void resolved_explain(struct diagnosis *d, const char *type, const char *text) {
    const struct row *row = strcmp(type, "config_gguf") == 0 ? row_of(text) : NULL;
    if (!row)
        return;
    d->stage = row->stage;
    d->layer = 0;
    (void)snprintf(d->op, sizeof(d->op), "%s", op_name(row->op));
    diagnosis_say(d, "params", "%s is given another number than the file has: %s", op_name(row->op),
                  text);
}
