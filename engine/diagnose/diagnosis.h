/* SPDX-License-Identifier: Apache-2.0 */
/* diagnosis: why a case fails, in the words of docs/tracing.md. */
#pragma once

#include <stdbool.h>

#include "engine/base/buf.h"
#include "engine/op/stage.h"

enum { DIAGNOSIS_TEXT = 768 };

/* Where there is nothing to say, NULL, "", STAGE_NONE or -1. */
struct diagnosis {
    const char *kind; /* kernel params weight graph cache tokenizer generation loading unknown */
    enum stage stage;
    int layer;
    char op[64]; /* the op, or the part of the engine: "rms_norm", "pretokenizer", "kv" */
    char kernel[64];
    char shapes[256];
    bool has_error;
    double nmse, max_abs, limit;
    const char *reference; /* hf, a backend, definition, last_good */
    bool explained;
    char message[DIAGNOSIS_TEXT]; /* one sentence for people */
};

void diagnosis_init(struct diagnosis *d);
/* Sets kind and message, and that it is explained. */
void diagnosis_say(struct diagnosis *d, const char *kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void diagnosis_error(struct diagnosis *d, double nmse, double max_abs, double limit);
/* One JSON object and a line's end. case_id is the full one. */
void diagnosis_json(struct buf *out, const struct diagnosis *d, const char *case_id);
void diagnosis_text(struct buf *out, const struct diagnosis *d, const char *case_id);
