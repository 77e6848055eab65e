/* SPDX-License-Identifier: Apache-2.0 */
/* WordLevel: whole words only. */
#include "engine/token/component.h"
#include "engine/token/model.h"

static int parse_wordlevel(struct model *m, struct json section, struct json at) {
    (void)section;
    return component_string(at, "unk_token", &m->unk_token);
}

static int run_wordlevel(const struct model *m, struct model_scratch *s, const char *word,
                         size_t len) {
    int32_t id = vocab_id(&m->vocab, word, len);
    if (id < 0)
        return model_unknown(m, s, len);
    model_emit(&s->symbols, id, len);
    return 0;
}

const struct model_type model_wordlevel = {"WordLevel", parse_wordlevel, run_wordlevel, NULL};
