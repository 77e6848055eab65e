/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/token/postprocessor.h"

#include <string.h>

#include "engine/base/err.h"

/* Far above any real template; hostile ones only multiply work. */
enum { PIECES_MAX = 256, PIECE_TOKENS_MAX = 256 };

static struct template_piece *add_piece(struct template *t, int sequence, int64_t type_id) {
    t->pieces = xrealloc(t->pieces, (t->len + 1) * sizeof(*t->pieces));
    t->pieces[t->len] = (struct template_piece){.sequence = sequence, .type_id = (int32_t)type_id};
    return &t->pieces[t->len++];
}

static void add_special(struct template *t, const int32_t *ids, size_t len, int64_t type_id) {
    struct template_piece *p = add_piece(t, -1, type_id);
    p->ids = xcalloc(len + 1, sizeof(*p->ids));
    memcpy(p->ids, ids, len * sizeof(*ids));
    p->len = len;
    t->added += len;
}

static void template_done(struct template *t) {
    for (size_t i = 0; i < t->len; i++)
        free(t->pieces[i].ids);
    free(t->pieces);
    *t = (struct template){0};
}

void postprocessor_done(struct postprocessor *p) {
    template_done(&p->single);
    template_done(&p->pair);
    *p = (struct postprocessor){0};
}

/* -- TemplateProcessing -- */

static int parse_special(struct template *t, struct json piece, struct json specials) {
    const char *name = "";
    int64_t type_id = 0, id = 0;
    struct json list = {0};
    int32_t ids[PIECE_TOKENS_MAX];
    size_t len = 0;
    int rc = json_str(piece, "id", &name);
    if (rc == 0)
        rc = json_int(piece, "type_id", 0, INT32_MAX, &type_id);
    if (rc < 0)
        return rc;
    struct json special = json_member(specials, name);
    if (!json_exists(special))
        return json_fail(json_get(piece, "id"), "special_tokens lacks \"%s\"", name);
    rc = json_array(special, "ids", &list);
    if (rc == 0 && json_len(list) > PIECE_TOKENS_MAX)
        rc = json_fail(list, "more than %d tokens", PIECE_TOKENS_MAX);
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v)) {
        rc = json_as_int(v, 0, INT32_MAX, &id);
        if (rc == 0)
            ids[len++] = (int32_t)id;
    }
    if (rc == 0)
        add_special(t, ids, len, type_id);
    return rc;
}

static int parse_sequence(struct template *t, struct json piece) {
    const char *name = "";
    int64_t type_id = 0;
    int rc = json_str(piece, "id", &name);
    if (rc == 0)
        rc = json_int(piece, "type_id", 0, INT32_MAX, &type_id);
    if (rc == 0 && strcmp(name, "A") != 0 && strcmp(name, "B") != 0)
        rc = json_fail(json_get(piece, "id"), "expected A or B");
    if (rc == 0)
        add_piece(t, name[0] == 'B', type_id);
    return rc;
}

static int parse_pieces(struct template *t, struct json at, const char *key, struct json specials,
                        bool pair) {
    struct json list = {0};
    int rc = json_array(at, key, &list);
    if (rc == 0 && json_len(list) > PIECES_MAX)
        rc = json_fail(list, "more than %d pieces", PIECES_MAX);
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v)) {
        struct json special = json_member(v, "SpecialToken"), sequence = json_member(v, "Sequence");
        if (json_exists(special))
            rc = parse_special(t, special, specials);
        else if (json_exists(sequence))
            rc = parse_sequence(t, sequence);
        else
            rc = json_fail(v, "expected SpecialToken or Sequence");
        if (rc == 0 && !pair && t->pieces[t->len - 1].sequence == 1)
            rc = json_fail(v, "there is no B in a single text");
    }
    return rc;
}

static int parse_template(struct postprocessor *p, struct json at) {
    struct json specials = {0};
    int rc = json_object(at, "special_tokens", &specials);
    if (rc == 0)
        rc = parse_pieces(&p->single, at, "single", specials, false);
    if (rc == 0)
        rc = parse_pieces(&p->pair, at, "pair", specials, true);
    p->has_template = true;
    return rc;
}

/* -- the three with fixed shapes -- */

/* ["[SEP]", 102] */
static int parse_pair(struct json at, const char *key, int32_t *out) {
    struct json list = {0};
    int64_t id = 0;
    int rc = json_array(at, key, &list);
    if (rc == 0 && json_len(list) != 2)
        rc = json_fail(list, "expected a token and its id");
    if (rc == 0)
        rc = json_as_int(json_at(list, 1), 0, INT32_MAX, &id);
    if (rc == 0)
        *out = (int32_t)id;
    return rc;
}

static int parse_bert(struct postprocessor *p, struct json at) {
    int32_t cls = 0, sep = 0;
    int rc = parse_pair(at, "cls", &cls);
    if (rc == 0)
        rc = parse_pair(at, "sep", &sep);
    if (rc < 0)
        return rc;
    struct template *both[] = {&p->single, &p->pair};
    for (int i = 0; i < 2; i++) {
        add_special(both[i], &cls, 1, 0);
        add_piece(both[i], 0, 0);
        add_special(both[i], &sep, 1, 0);
    }
    add_piece(&p->pair, 1, 1);
    add_special(&p->pair, &sep, 1, 1);
    p->has_template = true;
    return 0;
}

static int add_trim(struct postprocessor *p, struct json at) {
    bool trim = false, prefix = false;
    int rc = json_bool(at, "trim_offsets", &trim);
    if (rc == 0)
        rc = json_bool(at, "add_prefix_space", &prefix);
    if (rc < 0 || !trim)
        return rc;
    if (p->trims == TRIMS_MAX)
        return json_fail(at, "offsets are trimmed more than %d times", TRIMS_MAX);
    p->trim_prefix[p->trims++] = prefix;
    return 0;
}

static int parse_roberta(struct postprocessor *p, struct json at) {
    int rc = add_trim(p, at);
    if (rc == 0)
        rc = parse_bert(p, at);
    if (rc < 0)
        return rc;
    /* <s> A </s></s> B </s>, all of type 0. */
    int32_t sep = p->single.pieces[2].ids[0];
    template_done(&p->pair);
    add_special(&p->pair, p->single.pieces[0].ids, 1, 0);
    add_piece(&p->pair, 0, 0);
    for (int i = 0; i < 2; i++)
        add_special(&p->pair, &sep, 1, 0);
    add_piece(&p->pair, 1, 0);
    add_special(&p->pair, &sep, 1, 0);
    p->types_zero = true;
    return 0;
}

static const struct {
    const char *name;
    int (*parse)(struct postprocessor *p, struct json at);
    bool is_template;
} types[] = {
    {"BertProcessing",     parse_bert,     true },
    {"ByteLevel",          add_trim,       false},
    {"RobertaProcessing",  parse_roberta,  true },
    {"TemplateProcessing", parse_template, true },
    {NULL,                 NULL,           false},
};

static int parse_one(struct postprocessor *p, struct json at) {
    const char *name;
    int rc = json_str(at, "type", &name);
    if (rc < 0)
        return rc;
    if (strcmp(name, "Sequence") == 0) {
        struct json list = {0};
        rc = json_array(at, "processors", &list);
        for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v))
            rc = parse_one(p, v);
        return rc;
    }
    size_t i = 0;
    while (types[i].name && strcmp(types[i].name, name) != 0)
        i++;
    if (!types[i].name || (types[i].is_template && p->has_template)) {
        json_fail(json_get(at, "type"), "the post-processor %s%s is not supported", name,
                  types[i].name ? " behind another template" : "");
        return ERR_UNSUPPORTED;
    }
    return types[i].parse(p, at);
}

static void plain(struct postprocessor *p) {
    add_piece(&p->single, 0, 0);
    add_piece(&p->pair, 0, 0);
    add_piece(&p->pair, 1, 1);
}

int postprocessor_parse(struct postprocessor *out, struct json section) {
    int rc = json_exists(section) ? parse_one(out, section) : 0;
    if (rc == 0 && !out->has_template)
        plain(out);
    return rc;
}
