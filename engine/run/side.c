/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/side.h"

#include <stddef.h>
#include <string.h>

#include "engine/backend/device.h"
#include "engine/base/err.h"
#include "engine/nn/weights_options.h"
#include "engine/token/tokenizer.h"

#define FIELD(f) offsetof(struct side_options, f)
const struct opt side_storage_opts[] = {
    {OPT_STR, "dtype",           'd', FIELD(dtype),           "TYPE", 0, 0,
     "Store weights as f32, f16 or bf16 (else as in the file)."},
    {OPT_STR, "quant",           'q', FIELD(quant),           "TYPE", 0, 0,
     "Store matrices as q8_0, q4_0, q4_k or q6_k."             },
    {OPT_STR, "quant-embedding", 0,   FIELD(quant_embedding), "TYPE", 0, 0,
     "Store the embedding otherwise: as one of these, or keep."},
    OPT_END_ROW,
};

const struct opt side_device_opts[] = {
    {OPT_FLAG, "exact",   0,   FIELD(device.exact), NULL,   0, 0,
     "Compute in f32 also where weights are quantised."                    },
    {OPT_FLAG, "fast",    0,   FIELD(device.fast),  NULL,   0, 0,
     "Round prompts to 16 bits where weights have 16, if that is faster."  },
    {OPT_STR,  "isa",     0,   FIELD(device.isa),   "NAME", 0, 0,
     "The instruction set of cpu-native (else NOCTULE_CPU, else the best)."},
    {OPT_STR,  "backend", 'b', FIELD(backend),      "NAME", 0, 0,
     "The backend to compute on (cpu-native)."                             },
    OPT_END_ROW,
};

int side_open(struct side *s, const char *path, const struct side_options *o) {
    struct model_options model = {0};
    *s = (struct side){0};
    int rc = weights_options_parse(&model.weights, o->dtype, o->quant, o->quant_embedding);
    if (rc == 0)
        rc = device_open(&s->device, o->backend ? o->backend : BACKEND_DEFAULT, &o->device);
    return rc < 0 ? rc : model_open(&s->model, path, s->device, &model);
}

int side_start(struct side *s, const struct session_options *options) {
    return session_new(&s->session, s->model, options);
}

void side_done(struct side *s) {
    session_free(s->session);
    model_close(s->model);
    device_close(s->device);
    *s = (struct side){0};
}

int64_t side_encode(int32_t **out, struct model *m, const char *text, size_t len, bool special) {
    const struct tokenizer *t = NULL;
    struct encoding e = {0};
    int rc = model_tokenizer(m, &t);
    if (rc != 0)
        return err_while(rc, "a text needs a tokenizer (else give token ids)");
    rc = tokenizer_encode(t, &e, text, len, ENCODE_WHOLE | (special ? ENCODE_SPECIAL : 0));
    if (rc == 0) {
        *out = xcalloc(e.len + 1, sizeof(**out));
        memcpy(*out, e.ids, e.len * sizeof(**out));
    }
    int64_t count = rc < 0 ? rc : (int64_t)e.len;
    encoding_done(&e);
    return count;
}
