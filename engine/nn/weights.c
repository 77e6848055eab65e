/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/weights.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/backend/backend.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/warm.h"
#include "engine/format/checkpoint.h"
#include "engine/format/packed.h"
#include "engine/nn/arch.h"
#include "engine/nn/weight_cast.h"
#include "engine/nn/weight_pack.h"
#include "engine/nn/weight_quant.h"
#include "engine/nn/weight_report.h"
#include "engine/nn/weight_same.h"
#include "engine/nn/weight_shape.h"

enum { NAME_MAX_LEN = 512, SMALL = 64 << 10 };

struct loader {
    struct weights *w;
    const struct config *c;
    struct checkpoint *cp;
    const struct weights_options *options;
    const char *prefix; /* what the base model's names begin with in this file */
    bool gguf;          /* the file is one: other names, straight matrices */
    bool copies;        /* some matrix is cast, turned or packed: the file is not computed with */
    struct weight_report missing;   /* names */
    struct weight_report misshapen; /* sentences */
};

static void tell_missing(struct loader *l, const char *name) {
    struct buf *to = weight_report_add(&l->missing, ", ");
    if (to)
        buf_puts(to, name);
}

/* Old checkpoints call a layer norm's weight gamma and its bias beta. */
static bool legacy_name(char *out, const char *name) {
    const char *norm = strstr(name, "LayerNorm.");
    if (!norm)
        return false;
    size_t keep = (size_t)(norm - name) + strlen("LayerNorm.");
    const char *old = strcmp(name + keep, "weight") == 0 ? "gamma"
                      : strcmp(name + keep, "bias") == 0 ? "beta"
                                                         : NULL;
    if (!old)
        return false;
    (void)snprintf(out, NAME_MAX_LEN, "%.*s%s", (int)keep, name, old);
    return true;
}

/* The entry of that name, or of its old name; `found` gets the name on disk. */
static const struct checkpoint_entry *find_entry(const struct loader *l, const char *prefix,
                                                 const char *name, char *found) {
    char old[NAME_MAX_LEN];
    if (l->gguf) {
        gguf_name_write(found, NAME_MAX_LEN, l->c->arch, prefix, name);
        return checkpoint_find(l->cp, found);
    }
    (void)snprintf(found, NAME_MAX_LEN, "%s%s", prefix, name);
    const struct checkpoint_entry *e = checkpoint_find(l->cp, found);
    if (!e && legacy_name(old, found) && (e = checkpoint_find(l->cp, old)))
        memcpy(found, old, sizeof(old));
    return e;
}

static const struct weight *first_global(const struct arch *a) {
    struct arch_cursor cursor = {0};
    return arch_next_global(a, &cursor);
}

/* The prefix under which the file has the embedding; a base model's file has none. */
static const char *detect_prefix(const struct loader *l) {
    char found[NAME_MAX_LEN];
    const char *name = first_global(l->c->arch)->name;
    const char *const *prefixes = arch_prefixes(l->c->arch);
    if (l->gguf)
        return "";
    for (int i = 0; prefixes[i]; i++)
        if (find_entry(l, prefixes[i], name, found))
            return prefixes[i];
    return find_entry(l, "", name, found) ? "" : prefixes[0];
}

static bool wanted(const struct config *c, const struct weight *row) {
    if (row->flags & WEIGHT_IF_ATTENTION_BIAS)
        return c->attention_bias;
    if (row->flags & WEIGHT_IF_MLP_BIAS)
        return c->mlp_bias;
    if (row->flags & WEIGHT_IF_POOLED)
        return c->head->pooled || c->head->kind == HEAD_NONE;
    return true;
}

static bool may_be_absent(const struct config *c, const struct weight *row) {
    if (row->flags & (WEIGHT_OPTIONAL | WEIGHT_EITHER))
        return true;
    if (row->flags & WEIGHT_TIED)
        return c->tie_word_embeddings;
    return (row->flags & WEIGHT_IF_POOLED) && !c->head->pooled;
}

static bool is_transposed(const struct loader *l, const struct weight *row) {
    return !l->gguf && row->flags & WEIGHT_TRANSPOSED;
}

/* The blocks that a weight is to be stored in, or a plain dtype. Tables that are only looked up in
 * are small and stay. */
static enum dtype wanted_blocks(const struct loader *l, const struct weight *row, bool is_global,
                                const struct tensor *t) {
    const struct weights_options *o = l->options;
    bool tied = (row->flags & WEIGHT_TIED) && l->c->tie_word_embeddings;
    enum dtype blocks = o->quant;
    if (t->rank != 2 || dtype_is_block(t->dtype))
        return DTYPE_F32;
    if (is_global && (row->slot == G(position) || row->slot == G(types)))
        return DTYPE_F32;
    if (is_global && (row->slot == G(embed) || tied))
        blocks = o->quant_embedding;
    if (!dtype_is_block(blocks))
        return blocks;
    enum dtype fit = weight_quant_fit(blocks, t->shape[is_transposed(l, row) ? 0 : 1]);
    l->w->misfits += fit != blocks;
    return fit;
}

/* What the file must hold for the row; a GGUF file holds every matrix straight. The shape alone: in
 * blocks only rows of one of the two orientations need be whole ones. */
static int expected_shape(const struct loader *l, const struct weight *row, struct tensor *out) {
    int rc = weight_shape(out, row->shape, l->c, DTYPE_F32);
    if (rc == 0 && l->gguf && row->flags & WEIGHT_TRANSPOSED)
        rc = tensor_init(out, DTYPE_F32, SHAPE(out->shape[1], out->shape[0]));
    return rc;
}

/* What it is stored as in the end. */
static enum dtype wanted_dtype(const struct loader *l, const struct weight *row, bool is_global,
                               const struct tensor *t) {
    enum dtype blocks = wanted_blocks(l, row, is_global, t);
    if (dtype_is_block(blocks))
        return blocks;
    if (l->options->cast)
        return l->options->dtype;
    return DTYPE_BIT(t->dtype) & (DTYPES_STORAGE | DTYPES_BLOCK) ? t->dtype : DTYPE_F32;
}

/* Sorts rows, transposes, casts and quantises as the file and the caller ask. */
static int convert(struct loader *l, const struct weight *row, struct tensor *t, enum dtype dtype) {
    const struct gguf_name *name = l->gguf ? gguf_name_find(l->c->arch, row->name) : NULL;
    bool quantises = dtype_is_block(dtype) && !dtype_is_block(t->dtype);
    int rc = name && name->paired ? weight_unpair(l->w, t, l->c->head_dim) : 0;
    if (rc < 0)
        return rc;
    if (quantises)
        return weight_quantise(l->w, t, dtype, is_transposed(l, row), l->options->pool);
    return weight_cast(l->w, t, dtype, is_transposed(l, row));
}

/* The tensor as it was packed before, if that is just what would be made of it now. */
static bool take_packed(const struct loader *l, const struct weight *row, struct loaded *slot,
                        enum dtype dtype) {
    const struct device *dev = l->options->device;
    const struct tensor *t = &slot->tensor;
    struct tensor got, made;
    bool turned = is_transposed(l, row);
    if (!l->options->packed || !packed_find(l->options->packed, slot->name, &got))
        return false;
    int rc = turned ? tensor_init(&made, dtype, SHAPE(t->shape[1], t->shape[0]))
                    : tensor_init(&made, dtype, t->rank, t->shape);
    if (rc < 0 || got.dtype != dtype || !tensor_same_shape(&got, &made))
        return false;
    bool panels = dev && dev->backend->packs && dev->backend->packs(dev, &made);
    if (got.layout != (panels ? TENSOR_PANELS : TENSOR_ROWS))
        return false;
    slot->tensor = got;
    slot->is_read = true;
    return true;
}

/* Checks the shape against the row's, then brings the tensor into the form to compute with. */
static int finish(struct loader *l, const struct weight *row, struct loaded *slot, bool is_global) {
    struct tensor expected;
    char text[TENSOR_TEXT_SIZE];
    int rc = expected_shape(l, row, &expected);
    if (rc < 0)
        return rc;
    if (!tensor_same_shape(&expected, &slot->tensor)) {
        struct buf *to = weight_report_add(&l->misshapen, "; ");
        expected.dtype = slot->tensor.dtype;
        if (to) {
            buf_printf(to, "\"%s\" is %s in the file, ", slot->name,
                       tensor_text(&slot->tensor, text));
            buf_printf(to, "%s by the config", tensor_text(&expected, text));
        }
        return 0;
    }
    if (!dtype_is_float(slot->tensor.dtype) && !dtype_is_block(slot->tensor.dtype)) {
        struct buf *to = weight_report_add(&l->misshapen, "; ");
        if (to)
            buf_printf(to, "\"%s\" holds %s, not floats", slot->name,
                       dtype_name(slot->tensor.dtype));
        return 0;
    }
    enum dtype dtype = wanted_dtype(l, row, is_global, &slot->tensor);
    return take_packed(l, row, slot, dtype) ? 0 : convert(l, row, &slot->tensor, dtype);
}

/* A page of a mapping brings its neighbours along: vectors between matrices that nobody reads any
 * more would hold a tenth of the file in memory. */
static int copy_small(struct loader *l, struct tensor *t) {
    size_t size = tensor_size(t);
    void *bytes = NULL;
    if (!l->copies || size > SMALL || size == 0)
        return 0;
    int rc = weight_own(l->w, &bytes, size);
    if (rc != 0)
        return rc;
    memcpy(bytes, t->data, size);
    t->data = bytes;
    return 0;
}

static int load_entry(struct loader *l, const struct weight *row, const char *name, void *slots) {
    struct loaded *slot = &l->w->loaded[l->w->loaded_len];
    slot->name = arena_strdup(&l->w->arena, name);
    struct tensor file = {0};
    int rc = checkpoint_get(l->cp, name, &file);
    slot->tensor = file;
    if (rc == 0 && l->options->edit)
        rc = l->options->edit(l->options->edit_arg, l->cp, name, &slot->tensor);
    if (rc >= 0)
        rc = finish(l, row, slot, slots == &l->w->globals);
    if (rc == 0 && l->options->device)
        rc = weight_pack(l->w, &slot->tensor, l->options->device, l->cp);
    l->copies |= slot->tensor.data != file.data && tensor_size(&file) > SMALL;
    if (rc == 0 && slot->tensor.data == file.data)
        rc = copy_small(l, &slot->tensor);
    if (rc < 0)
        return err_while(rc, "tensor \"%s\"", name);
    if (slot->tensor.data != file.data) /* cast, quantised or packed: one copy is enough */
        checkpoint_forget(l->cp, &file);
    *(const struct tensor **)((char *)slots + row->slot) = &slot->tensor;
    l->w->loaded_len++;
    return 0;
}

/* When the file of a tied model has the head only, the head is the embedding. */
static const char *tied_partner(const struct loader *l, const struct weight *row, char *found) {
    if (row->slot != G(embed) || !l->c->tie_word_embeddings)
        return NULL;
    for (const struct weight *h = l->c->head->weights; h && h->name; h++)
        if ((h->flags & WEIGHT_TIED) && find_entry(l, "", h->name, found))
            return found;
    return NULL;
}

static int load_row(struct loader *l, const struct weight *row, const char *prefix, void *slots) {
    char found[NAME_MAX_LEN], wanted_name[NAME_MAX_LEN];
    if (!wanted(l->c, row))
        return 0;
    if (find_entry(l, prefix, row->name, found))
        return load_entry(l, row, found, slots);
    memcpy(wanted_name, found, sizeof(found));
    bool is_global = slots == &l->w->globals;
    if (is_global && tied_partner(l, row, found))
        return load_entry(l, row, found, slots);
    if (!may_be_absent(l->c, row))
        tell_missing(l, wanted_name);
    return 0;
}

static int load_layers(struct loader *l) {
    char prefix[NAME_MAX_LEN];
    for (int64_t i = 0; i < l->c->num_hidden_layers; i++) {
        struct arch_cursor cursor = {0};
        (void)snprintf(prefix, sizeof(prefix), "%s%s%" PRId64 ".", l->prefix,
                       l->gguf ? "blk." : arch_layers(l->c->arch), i);
        for (const struct weight *row; (row = arch_next_weight(l->c->arch, &cursor));) {
            int rc = load_row(l, row, prefix, &l->w->layers[i]);
            if (rc < 0)
                return rc;
        }
    }
    return 0;
}

static int load_head(struct loader *l, const struct weight *rows) {
    struct globals *g = &l->w->globals;
    for (const struct weight *row = rows; row && row->name; row++) {
        int rc = load_row(l, row, "", g);
        if (rc < 0)
            return rc;
    }
    for (const struct weight *row = rows; row && row->name; row++)
        if ((row->flags & WEIGHT_EITHER) && !*(struct tensor **)((char *)g + row->slot))
            tell_missing(l, row->name);
    return 0;
}

/* From now on the twin's bytes are the other's, and its own leave memory, or are not kept. */
static void share_twin(struct loader *l, const struct tensor *twin, const struct tensor *other) {
    for (size_t i = 0; i < l->w->loaded_len; i++) {
        struct tensor *t = &l->w->loaded[i].tensor;
        if (t != twin || t->data == other->data)
            continue;
        checkpoint_forget(l->cp, t);
        *t = *other;
    }
}

/* A head equal to the embedding is the embedding; one that differs is kept, as HF does. */
static void tie(struct loader *l) {
    struct globals *g = &l->w->globals;
    bool ties = false;
    for (const struct weight *row = l->c->head->weights; row && row->name; row++)
        ties |= (row->flags & WEIGHT_TIED) != 0;
    if (!ties || !l->c->tie_word_embeddings || !g->embed)
        return;
    if (g->head && !weight_same(g->head, g->embed, l->options->pool))
        return;
    if (g->head)
        share_twin(l, g->head, g->embed);
    g->head = g->embed;
    l->w->tied = true;
}

static bool is_ignored(const struct arch *a, const char *name) {
    const char *const *ends = arch_ignored(a);
    size_t len = strlen(name);
    for (int i = 0; ends && ends[i]; i++) {
        size_t end = strlen(ends[i]);
        if (len >= end && strcmp(name + len - end, ends[i]) == 0 &&
            (len == end || name[len - end - 1] == '.'))
            return true;
    }
    return false;
}

static void list_unexpected(struct loader *l) {
    struct weights *w = l->w;
    size_t cursor = 0, count = 0;
    while (checkpoint_next_unused(l->cp, &cursor))
        count++;
    w->unexpected = arena_array(&w->arena, count, sizeof(*w->unexpected));
    cursor = 0;
    for (const struct checkpoint_entry *e; (e = checkpoint_next_unused(l->cp, &cursor));) {
        if (is_ignored(l->c->arch, e->name))
            checkpoint_ignore(l->cp, e->name);
        else
            w->unexpected[w->unexpected_len++] = e->name;
    }
}

static void count_parameters(struct weights *w) {
    for (size_t i = 0; i < w->loaded_len; i++) {
        const struct tensor *t = &w->loaded[i].tensor;
        /* The duplicate of a tied head is in the file and in no slot. */
        bool duplicate = false;
        for (size_t j = 0; j < i && w->tied; j++)
            duplicate |= w->loaded[j].tensor.data == t->data;
        if (duplicate)
            continue;
        w->parameters += tensor_count(t);
        w->bytes += (int64_t)tensor_size(t);
    }
}

static size_t count_rows(const struct config *c) {
    struct arch_cursor globals = {0}, layer = {0};
    size_t once = 0, each = 0;
    while (arch_next_global(c->arch, &globals))
        once++;
    while (arch_next_weight(c->arch, &layer))
        each++;
    for (const struct weight *row = c->head->weights; row && row->name; row++)
        once++;
    for (const struct weight *row = c->head->more; row && row->name; row++)
        once++;
    return once + each * (size_t)c->num_hidden_layers;
}

static int load_all(struct loader *l) {
    struct arch_cursor cursor = {0};
    for (const struct weight *row; (row = arch_next_global(l->c->arch, &cursor));) {
        int rc = load_row(l, row, l->prefix, &l->w->globals);
        if (rc < 0)
            return rc;
    }
    int rc = load_layers(l);
    if (rc == 0)
        rc = load_head(l, l->c->head->weights);
    if (rc == 0)
        rc = load_head(l, l->c->head->more);
    if (rc < 0)
        return rc;
    if (l->missing.count > 0)
        return err_set(ERR_FORMAT, "%s lacks: %s", checkpoint_path(l->cp),
                       weight_report_text(&l->missing));
    if (l->misshapen.count > 0)
        return err_set(ERR_FORMAT, "%s: %s", checkpoint_path(l->cp),
                       weight_report_text(&l->misshapen));
    return 0;
}

int weights_load(struct weights *out, const struct config *c, struct checkpoint *cp,
                 const struct weights_options *options) {
    static const struct weights_options none = {0};
    if ((uint64_t)c->num_hidden_layers > checkpoint_count(cp))
        return err_set(ERR_FORMAT, "num_hidden_layers is %" PRId64 ", but %s holds %zu tensors",
                       c->num_hidden_layers, checkpoint_path(cp), checkpoint_count(cp));
    memset(out, 0, sizeof(*out));
    arena_init(&out->arena, 0);
    struct loader l = {.w = out, .c = c, .cp = cp, .options = options ? options : &none};
    l.gguf = checkpoint_gguf(cp) != NULL;
    weight_report_init(&l.missing);
    weight_report_init(&l.misshapen);
    size_t rows = count_rows(c);
    out->layers = arena_array(&out->arena, (size_t)c->num_hidden_layers, sizeof(*out->layers));
    out->loaded = arena_array(&out->arena, rows, sizeof(*out->loaded));
    l.prefix = detect_prefix(&l);
    int rc = load_all(&l);
    weight_report_done(&l.missing);
    weight_report_done(&l.misshapen);
    if (rc < 0) {
        weights_done(out);
        return rc;
    }
    tie(&l);
    if (l.copies)
        checkpoint_forget_all(cp);
    list_unexpected(&l);
    count_parameters(out);
    return 0;
}

void weights_done(struct weights *w) {
    weight_memory_done(&w->memory);
    arena_done(&w->arena);
    memset(w, 0, sizeof(*w));
}

const struct tensor *weights_find(const struct weights *w, const char *name) {
    for (size_t i = 0; i < w->loaded_len; i++)
        if (strcmp(w->loaded[i].name, name) == 0)
            return &w->loaded[i].tensor;
    return NULL;
}

const char *weights_stored(const struct weights *w, char text[WEIGHTS_STORED_SIZE]) {
    size_t counts[DTYPE_COUNT] = {0};
    int len = 0;
    text[0] = 0;
    for (size_t i = 0; i < w->loaded_len; i++)
        counts[w->loaded[i].tensor.dtype]++;
    for (int d = DTYPE_COUNT - 1; d >= 0; d--)
        if (counts[d] > 0)
            len += snprintf(text + len, WEIGHTS_STORED_SIZE - (size_t)len, "%s%s %zu",
                            len ? ", " : "", dtype_name((enum dtype)d), counts[d]);
    return text;
}

static bool is_owned(const struct weights *w, const struct tensor *t) {
    return weight_memory_has(&w->memory, t->data);
}

struct warm *weights_warm(const struct weights *w) {
    struct warm_range *ranges = xcalloc(w->loaded_len + 1, sizeof(*ranges)), last = {0};
    size_t len = 0;
    for (size_t i = 0; i < w->loaded_len; i++) {
        const struct tensor *t = &w->loaded[i].tensor;
        const struct warm_range range = {t->data, tensor_size(t)};
        if (w->loaded[i].is_read)
            continue;
        if (t == w->globals.embed && t == w->globals.head)
            last = range; /* of which the first step wants a few rows, then all as the head */
        else if (!is_owned(w, t))
            ranges[len++] = range;
    }
    if (last.data && !is_owned(w, w->globals.embed))
        ranges[len++] = last;
    struct warm *warm = warm_start(ranges, len);
    free(ranges);
    return warm;
}
