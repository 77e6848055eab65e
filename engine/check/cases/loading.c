/* SPDX-License-Identifier: Apache-2.0 */
/* Loading: which tensor goes where, what is missing or too many, what a file may look like.
 * Nothing here computes; all of it is exact. */
#include <inttypes.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/check/bench.h"
#include "engine/check/case.h"
#include "engine/check/check.h"
#include "engine/check/fixture.h"
#include "engine/check/load.h"

static int64_t elements_of(const struct checkpoint_entry *e) {
    int64_t count = 1;
    for (int d = 0; d < e->rank; d++)
        count *= e->shape[d];
    return count;
}

/* Every tensor of the file is wanted by a row, and every row found its tensor. */
static int run_load_single(struct case_run *c) {
    struct load l;
    int64_t tensors = 0, parameters = 0, elements = 0;
    int rc = case_broken(c, json_int(case_params(c), "tensors", 1, INT64_MAX, &tensors));
    if (rc == 0)
        rc = case_broken(c, json_int(case_params(c), "parameters", 1, INT64_MAX, &parameters));
    if (rc == 0)
        rc = load_open(&l, c->folder, 0, NULL);
    if (rc != 0)
        return rc;
    size_t count = checkpoint_count(l.checkpoint);
    for (size_t i = 0; i < count; i++)
        elements += elements_of(checkpoint_at(l.checkpoint, i));
    compare_fact(&c->total, (int64_t)count == tensors,
                 "the file holds %zu tensors, and %" PRId64 " are right", count, tensors);
    compare_fact(&c->total, elements == parameters,
                 "the file holds %" PRId64 " elements, and %" PRId64 " are right", elements,
                 parameters);
    compare_fact(&c->total, l.weights.unexpected_len == 0, "no row wants the tensor %s",
                 l.weights.unexpected_len ? l.weights.unexpected[0] : "");
    compare_count(&c->total, (int64_t)l.weights.loaded_len);
    load_done(&l);
    return 0;
}

/* Both loads filled the same rows with the same bytes; names on disk may differ. */
static int compare_slots(struct case_run *c, const struct load *a, const struct load *b) {
    const struct weights *x = &a->weights, *y = &b->weights;
    int rc = 0;
    if (!compare_fact(&c->total, x->loaded_len == y->loaded_len,
                      "%zu tensors are loaded, and %zu from the other", x->loaded_len,
                      y->loaded_len))
        return 0;
    for (size_t i = 0; rc == 0 && i < x->loaded_len; i++)
        rc = case_same(c, x->loaded[i].name, &x->loaded[i].tensor, &y->loaded[i].tensor,
                       &tolerance_exact);
    return rc;
}

static int compare_loads(struct case_run *c, const char *folder, int flags, const char *other,
                         int other_flags) {
    struct load a, b = {0};
    int rc = load_open(&a, folder, flags, NULL);
    if (rc < 0)
        return rc;
    rc = load_open(&b, other, other_flags, NULL);
    if (rc == 0)
        rc = compare_slots(c, &a, &b);
    load_done(&b);
    load_done(&a);
    return rc;
}

static int run_like_other(struct case_run *c) {
    const char *other;
    int rc = case_broken(c, json_str(case_params(c), "other", &other));
    return rc < 0 ? rc : compare_loads(c, c->folder, 0, case_path(c, other), 0);
}

/* A sharded checkpoint that is one file would prove nothing. */
static int run_load_sharded(struct case_run *c) {
    struct checkpoint *cp = NULL;
    int rc = checkpoint_open(&cp, c->folder, 0);
    if (rc < 0)
        return rc;
    compare_fact(&c->total, checkpoint_shards(cp) > 1, "the checkpoint has %zu shard",
                 checkpoint_shards(cp));
    checkpoint_close(cp);
    return run_like_other(c);
}

static int run_unaligned(struct case_run *c) {
    struct buf path;
    struct file file;
    buf_init(&path, 1 << 16);
    int rc = file_map(&file, file_join(&path, c->folder, "model.safetensors"));
    buf_done(&path);
    if (rc < 0)
        return case_broken(c, rc);
    compare_fact(&c->total, file.size > 0 && file.data[0] % 8 != 0,
                 "the header's length is a multiple of 8, so nothing is unaligned");
    file_done(&file);
    return run_like_other(c);
}

static int run_map_vs_read(struct case_run *c) {
    return compare_loads(c, c->folder, CHECKPOINT_MAP, c->folder, CHECKPOINT_READ);
}

/* The load must fail, and say every one of these words. */
static int expect_refused(struct case_run *c, struct json words) {
    struct load l;
    int rc = load_open(&l, c->folder, 0, NULL);
    if (!compare_fact(&c->total, rc < 0, "the checkpoint loads, and should be refused")) {
        load_done(&l);
        return 0;
    }
    const char *text = arena_strdup(&c->arena, err_text()), *word;
    if (json_type(words) == JSON_STRING && json_as_str(words, &word) == 0)
        compare_fact(&c->total, strstr(text, word), "the refusal \"%.200s\" does not name %s", text,
                     word);
    for (struct json v = json_first(words); v.node; v = json_next(v))
        if (json_as_str(v, &word) == 0)
            compare_fact(&c->total, strstr(text, word), "the refusal \"%.200s\" does not name %s",
                         text, word);
    return 0;
}

static int run_tied(struct case_run *c) {
    struct json refused = json_member(case_params(c), "refused");
    bool tied = false, flag;
    struct load l;
    if (json_exists(refused))
        return expect_refused(c, refused);
    int rc = case_broken(c, json_bool(case_params(c), "tied", &tied));
    flag = tied;
    if (rc == 0)
        rc = case_broken(c, json_opt_bool(case_params(c), "flag", &flag));
    if (rc == 0)
        rc = load_open(&l, c->folder, 0, NULL);
    if (rc != 0)
        return rc;
    const struct globals *g = &l.weights.globals;
    compare_fact(&c->total, l.config.tie_word_embeddings == flag, "tie_word_embeddings is %d",
                 l.config.tie_word_embeddings);
    compare_fact(&c->total, l.weights.tied == tied, "the head %s the embedding",
                 l.weights.tied ? "is" : "is not");
    if (compare_fact(&c->total, g->head && g->embed, "head or embedding is not there"))
        compare_fact(&c->total, (g->head->data == g->embed->data) == tied,
                     "head and embedding %s one buffer", tied ? "are not" : "are");
    load_done(&l);
    return 0;
}

static bool is_listed(struct json list, const char *name) {
    const char *s;
    for (struct json v = json_first(list); v.node; v = json_next(v))
        if (json_as_str(v, &s) == 0 && strcmp(s, name) == 0)
            return true;
    return false;
}

static int run_missing_unexpected(struct case_run *c) {
    struct json missing = json_member(case_params(c), "missing");
    struct json unexpected = json_member(case_params(c), "unexpected");
    struct load l;
    if (json_exists(missing))
        return expect_refused(c, missing);
    int rc = load_open(&l, c->folder, 0, NULL);
    if (rc < 0)
        return rc;
    compare_fact(&c->total, l.weights.unexpected_len == json_len(unexpected),
                 "%zu tensors are reported as unexpected, and %zu are", l.weights.unexpected_len,
                 json_len(unexpected));
    for (size_t i = 0; i < l.weights.unexpected_len; i++)
        compare_fact(&c->total, is_listed(unexpected, l.weights.unexpected[i]),
                     "%s is reported as unexpected", l.weights.unexpected[i]);
    load_done(&l);
    return 0;
}

/* "[32,16]" and "[32, 16]" are both found. */
static bool names_shape(struct case_run *c, const char *text, struct json shape) {
    const char *tight = "[", *loose = "[";
    for (struct json v = json_first(shape); v.node; v = json_next(v)) {
        int64_t dim = 0;
        (void)json_as_int(v, 0, INT64_MAX, &dim);
        const char *comma = tight[1] ? "," : "";
        tight = arena_printf(&c->arena, "%s%s%" PRId64, tight, comma, dim);
        loose = arena_printf(&c->arena, "%s%s%s%" PRId64, loose, comma, *comma ? " " : "", dim);
    }
    return strstr(text, arena_printf(&c->arena, "%s]", tight)) ||
           strstr(text, arena_printf(&c->arena, "%s]", loose));
}

static int run_mismatched_shape(struct case_run *c) {
    const char *tensor;
    struct json params = case_params(c);
    struct load l;
    int rc = case_broken(c, json_str(params, "tensor", &tensor));
    if (rc < 0)
        return rc;
    rc = load_open(&l, c->folder, 0, NULL);
    if (!compare_fact(&c->total, rc < 0, "a tensor of the wrong shape is loaded")) {
        load_done(&l);
        return 0;
    }
    const char *text = arena_strdup(&c->arena, err_text());
    compare_fact(&c->total, strstr(text, tensor), "the refusal \"%.200s\" does not name %s", text,
                 tensor);
    compare_fact(&c->total, names_shape(c, text, json_member(params, "file")),
                 "the refusal \"%.200s\" lacks the shape in the file", text);
    compare_fact(&c->total, names_shape(c, text, json_member(params, "config")),
                 "the refusal \"%.200s\" lacks the shape of the configuration", text);
    return 0;
}

/* Conv1D weights lie transposed in the file, and the references as they lie. */
static struct tensor as_on_disk(const struct tensor *t, const struct tensor *want) {
    struct tensor out = *t;
    bool same = t->rank == want->rank && memcmp(t->shape, want->shape, sizeof(int64_t) * 2) == 0;
    if (t->rank == 2 && !same) {
        out.shape[0] = t->shape[1];
        out.shape[1] = t->shape[0];
        out.stride[0] = t->stride[1];
        out.stride[1] = t->stride[0];
    }
    return out;
}

static int run_dtype_cast(struct case_run *c) {
    struct weights_options options;
    struct load l;
    bench_weights_options(c, &options);
    int rc = load_open(&l, c->folder, 0, &options);
    if (rc < 0)
        return rc;
    struct json expect = json_member(c->json, "expect");
    for (struct json v = json_first(expect); rc == 0 && v.node; v = json_next(v)) {
        const struct tensor *t = weights_find(&l.weights, json_key(v));
        struct tensor want;
        rc = case_expect(c, json_key(v), &want);
        if (rc < 0 || !compare_fact(&c->total, t != NULL, "%s is not loaded", json_key(v)))
            break;
        compare_fact(&c->total, t->dtype == want.dtype, "%s is stored as %s", json_key(v),
                     dtype_name(t->dtype));
        struct tensor got = as_on_disk(t, &want);
        rc = case_compare_as(c, json_key(v), &got, NULL, &tolerance_exact);
    }
    load_done(&l);
    return rc;
}

/* Blocks made of a checkpoint at load are, byte for byte, those of a file that another program has
 * made of the same numbers. */
static int run_quantised_load(struct case_run *c) {
    struct weights_options options;
    struct load a, b = {0};
    const char *other;
    size_t blocks = 0;
    int rc = case_broken(c, json_str(case_params(c), "other", &other));
    if (rc < 0)
        return rc;
    bench_weights_options(c, &options);
    rc = load_open(&a, c->folder, 0, &options);
    if (rc < 0)
        return rc;
    other = fixture_path(check_fixture(c->check), other, check_dtype(c->check));
    rc = load_open(&b, other, 0, NULL);
    if (rc == 0)
        rc = compare_slots(c, &a, &b);
    for (size_t i = 0; i < a.weights.loaded_len; i++)
        blocks += dtype_is_block(a.weights.loaded[i].tensor.dtype);
    compare_fact(&c->total, blocks > 0, "nothing was quantised");
    load_done(&b);
    load_done(&a);
    return rc;
}

static const struct case_type types[] = {
    {"load_single",        "A1",  "X", run_load_single       },
    {"load_sharded",       "A2",  "X", run_load_sharded      },
    {"load_legacy_names",  "A3",  "X", run_like_other        },
    {"tied",               "A5",  "X", run_tied              },
    {"missing_unexpected", "A6",  "X", run_missing_unexpected},
    {"mismatched_shape",   "A7",  "X", run_mismatched_shape  },
    {"dtype_cast",         "A8",  "X", run_dtype_cast        },
    {"unaligned",          "A9",  "X", run_unaligned         },
    {"map_vs_read",        "A14", "X", run_map_vs_read       },
    {"quantised_load",     "F7",  "X", run_quantised_load    },
    CASE_END_ROW,
};

const struct case_group case_loading = {"loading", types};
