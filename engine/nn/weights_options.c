/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/weights_options.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/nn/weights.h"

static int parse_blocks(enum dtype *out, const char *name, const char *what, const char *more) {
    enum dtype dtype;
    if (!dtype_parse(&dtype, name) || !dtype_is_block(dtype))
        return err_set(ERR_ARG, "%s cannot be quantised to \"%s\" (q8_0, q4_0, q4_k, q6_k%s)", what,
                       name, more);
    *out = dtype;
    return 0;
}

int weights_options_parse(struct weights_options *out, const char *dtype, const char *quant,
                          const char *embedding) {
    int rc = 0;
    if (dtype) {
        out->cast = true;
        if (!dtype_parse(&out->dtype, dtype) || !(DTYPES_STORAGE & DTYPE_BIT(out->dtype)))
            return err_set(ERR_ARG, "weights cannot be stored as \"%s\" (f32, f16, bf16)", dtype);
    }
    if (quant) {
        rc = parse_blocks(&out->quant, quant, "weights", "");
        out->quant_embedding = out->quant;
    }
    if (rc == 0 && embedding && strcmp(embedding, "keep") == 0)
        out->quant_embedding = DTYPE_F32;
    else if (rc == 0 && embedding)
        rc = parse_blocks(&out->quant_embedding, embedding, "the embedding", ", keep");
    return rc;
}
