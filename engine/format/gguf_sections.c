/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/format/gguf_sections.h"

enum { NONE = GGUF_TOKEN_NONE };

const char *gguf_sections_text(struct gguf_sections *s, int64_t id) {
    buf_reset(&s->spelling);
    buf_add(&s->spelling, s->v.tokens[id].data, s->v.tokens[id].len);
    return s->spelling.data;
}

void gguf_sections_open(struct gguf_sections *s, const char *key, const char *type) {
    json_open_object(&s->w, key);
    json_put_str(&s->w, "type", type);
}

int gguf_sections_read_ends(struct gguf_sections *s) {
    int rc = gguf_opt_bool(s->v.g, "tokenizer.ggml.add_bos_token", &s->add_bos);
    return rc < 0 ? rc : gguf_opt_bool(s->v.g, "tokenizer.ggml.add_eos_token", &s->add_eos);
}

int64_t gguf_sections_first(const struct gguf_sections *s) {
    return s->add_bos ? s->v.roles[GGUF_ROLE_BOS] : NONE;
}

int64_t gguf_sections_last(const struct gguf_sections *s) {
    return s->add_eos ? s->v.roles[GGUF_ROLE_EOS] : NONE;
}

static void put_template_item(struct gguf_sections *s, const char *what, const char *id, int type) {
    json_open_object(&s->w, NULL);
    json_open_object(&s->w, what);
    json_put_str(&s->w, "id", id);
    json_put_int(&s->w, "type_id", type);
    json_close_object(&s->w);
    json_close_object(&s->w);
}

static void put_special_item(struct gguf_sections *s, int64_t id, int type) {
    if (id != NONE)
        put_template_item(s, "SpecialToken", gguf_sections_text(s, id), type);
}

static void put_special_tokens(struct gguf_sections *s, int64_t first, int64_t last) {
    const int64_t ids[] = {first, last};
    json_open_object(&s->w, "special_tokens");
    for (int i = 0; i < 2; i++) {
        if (ids[i] == NONE || (i == 1 && ids[1] == ids[0]))
            continue;
        const char *text = gguf_sections_text(s, ids[i]);
        json_open_object(&s->w, text);
        json_put_str(&s->w, "id", text);
        json_open_array(&s->w, "ids");
        json_put_int(&s->w, NULL, ids[i]);
        json_close_array(&s->w);
        json_open_array(&s->w, "tokens");
        json_put_str(&s->w, NULL, text);
        json_close_array(&s->w);
        json_close_object(&s->w);
    }
    json_close_object(&s->w);
}

/* first A last, and of a pair first A last B last, or where again first A last first B last. */
void gguf_sections_put_template(struct gguf_sections *s, const char *key, int64_t first,
                                int64_t last, bool again) {
    gguf_sections_open(s, key, "TemplateProcessing");
    json_open_array(&s->w, "single");
    put_special_item(s, first, 0);
    put_template_item(s, "Sequence", "A", 0);
    put_special_item(s, last, 0);
    json_close_array(&s->w);
    json_open_array(&s->w, "pair");
    put_special_item(s, first, 0);
    put_template_item(s, "Sequence", "A", 0);
    put_special_item(s, last, 0);
    put_special_item(s, again ? first : NONE, 1);
    put_template_item(s, "Sequence", "B", 1);
    put_special_item(s, last, 1);
    json_close_array(&s->w);
    put_special_tokens(s, first, last);
    json_close_object(&s->w);
}
