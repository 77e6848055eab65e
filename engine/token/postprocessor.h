/* SPDX-License-Identifier: Apache-2.0 */
/* postprocess: the "post_processor" section – which special tokens go around one text or two.
 *
 * BertProcessing and RobertaProcessing are templates too; the trimming of offsets that ByteLevel
 * and Roberta do is kept beside the template, because it commutes with it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/json.h"

struct template_piece {
    int sequence; /* 0 or 1: that text; -1: special tokens */
    int32_t type_id;
    int32_t *ids; /* owned; the special tokens */
    size_t len;
};
struct template {
    struct template_piece *pieces;
    size_t len;
    size_t added; /* special tokens in all */
};

enum { TRIMS_MAX = 4 };
struct postprocessor {
    struct template single, pair;
    bool has_template;
    bool types_zero; /* Roberta: overflow has type 0 too, when special tokens are added */
    int trims;
    bool trim_prefix[TRIMS_MAX]; /* add_prefix_space of each trim */
};

/* section may be null or absent: the texts, one after the other. 0, ERR_FORMAT,
 * ERR_UNSUPPORTED. */
int postprocessor_parse(struct postprocessor *out, struct json section);
void postprocessor_done(struct postprocessor *p); /* copes with a zeroed struct */
