/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/edit.h"

#include <inttypes.h>
#include <regex.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/check/misread.h"
#include "engine/format/checkpoint.h"

enum { PATTERN_SIZE_MAX = 1 << 16, ROWS_MAX = 1 << 20 };

struct weight_edit {
    const struct edit_op *op;
    const char *tensor; /* as written: a name or a pattern */
    const char *plain;  /* the name that it is when it is one: without backslashes */
    regex_t pattern;
    bool compiled;
    double value;
    const char *with; /* the other tensor of a swap */
    int64_t *rows;    /* the new order of rows */
    int64_t row_count;
    const struct misread *misread;
    enum dtype dtype; /* of what is misread */
};

struct edit_op {
    const char *name;
    bool wants_value, wants_with, wants_rows;
    /* to is a contiguous f32 copy of the tensor; from its old values, of the same shape. NULL of
     * the op that reads the bytes itself. */
    int (*apply)(const struct weight_edit *e, struct tensor *to, const float *from);
};

static int edit_zero(const struct weight_edit *e, struct tensor *to, const float *from) {
    (void)e, (void)from;
    memset(to->data, 0, tensor_size(to));
    return 0;
}

static int edit_ones(const struct weight_edit *e, struct tensor *to, const float *from) {
    (void)e, (void)from;
    for (int64_t i = 0; i < tensor_count(to); i++)
        ((float *)to->data)[i] = 1;
    return 0;
}

static int edit_scale(const struct weight_edit *e, struct tensor *to, const float *from) {
    for (int64_t i = 0; i < tensor_count(to); i++)
        ((float *)to->data)[i] = from[i] * (float)e->value;
    return 0;
}

static int edit_add(const struct weight_edit *e, struct tensor *to, const float *from) {
    for (int64_t i = 0; i < tensor_count(to); i++)
        ((float *)to->data)[i] = from[i] + (float)e->value;
    return 0;
}

/* The other tensor's values are already there. */
static int edit_swap(const struct weight_edit *e, struct tensor *to, const float *from) {
    (void)e;
    memcpy(to->data, from, tensor_size(to));
    return 0;
}

static void copy_row(struct tensor *to, const float *from, int64_t to_row, int64_t from_row) {
    size_t row = to->shape[0] > 0 ? (size_t)(tensor_count(to) / to->shape[0]) : 0;
    memcpy((float *)to->data + (size_t)to_row * row, from + (size_t)from_row * row,
           row * sizeof(*from));
}

static int edit_roll_rows(const struct weight_edit *e, struct tensor *to, const float *from) {
    int64_t rows = to->rank > 0 ? to->shape[0] : 0, by = (int64_t)e->value;
    for (int64_t i = 0; i < rows; i++)
        copy_row(to, from, ((i + by) % rows + rows) % rows, i);
    return 0;
}

static int edit_permute_rows(const struct weight_edit *e, struct tensor *to, const float *from) {
    if (to->rank == 0 || to->shape[0] != e->row_count)
        return err_set(ERR_FORMAT, "permute_rows lists %" PRId64 " rows, %s has another number",
                       e->row_count, e->tensor);
    for (int64_t i = 0; i < e->row_count; i++) {
        if (e->rows[i] >= e->row_count)
            return err_set(ERR_FORMAT, "permute_rows: %s has no row %" PRId64, e->tensor,
                           e->rows[i]);
        copy_row(to, from, i, e->rows[i]);
    }
    return 0;
}

static const struct edit_op ops[] = {
    {"zero",         false, false, false, edit_zero        },
    {"ones",         false, false, false, edit_ones        },
    {"scale",        true,  false, false, edit_scale       },
    {"add",          true,  false, false, edit_add         },
    {"swap",         false, true,  false, edit_swap        },
    {"roll_rows",    true,  false, false, edit_roll_rows   },
    {"permute_rows", false, false, true,  edit_permute_rows},
    {"misread",      false, false, false, NULL             },
    {NULL,           false, false, false, NULL             },
};

/* Anchored; \d is what the makers of fixtures write and POSIX lacks. */
static int compile_pattern(struct weight_edit *e, struct json at, struct arena *arena) {
    struct buf b;
    buf_init(&b, PATTERN_SIZE_MAX);
    buf_puts(&b, "^(");
    for (const char *s = e->tensor; *s; s++) {
        if (s[0] == '\\' && s[1] == 'd') {
            buf_puts(&b, "[0-9]");
            s++;
        } else {
            buf_putc(&b, *s);
        }
    }
    buf_puts(&b, ")$");
    const char *pattern = arena_strdup(arena, b.data);
    buf_done(&b);
    if (regcomp(&e->pattern, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return json_fail(at, "\"%s\" is no regular expression", e->tensor);
    e->compiled = true;
    return 0;
}

static const char *plain_name(const char *pattern, struct arena *arena) {
    char *out = arena_strdup(arena, pattern), *at = out;
    for (const char *s = pattern; *s; s++)
        if (*s != '\\')
            *at++ = *s;
    *at = '\0';
    return out;
}

static int read_rows(struct weight_edit *e, struct json at, struct arena *arena) {
    struct json list;
    int rc = json_array(at, "rows", &list);
    if (rc < 0)
        return rc;
    e->rows = arena_array(arena, json_len(list), sizeof(*e->rows));
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v))
        rc = json_as_int(v, 0, ROWS_MAX, &e->rows[e->row_count++]);
    return rc;
}

static int read_misread(struct weight_edit *e, struct json at) {
    const char *how, *dtype;
    int rc = json_str(at, "how", &how);
    if (rc == 0)
        rc = json_str(at, "dtype", &dtype);
    if (rc != 0)
        return rc;
    e->misread = dtype_parse(&e->dtype, dtype) ? misread_find(how, e->dtype) : NULL;
    return e->misread ? 0 : json_fail(at, "there is no misreading \"%s\" of %s", how, dtype);
}

static int read_edit(struct weight_edit *e, struct json at, struct arena *arena) {
    const char *op, *tensor, *with = NULL;
    int rc = json_str(at, "tensor", &tensor);
    if (rc == 0)
        rc = json_str(at, "op", &op);
    if (rc != 0)
        return rc;
    for (e->op = ops; e->op->name && strcmp(e->op->name, op) != 0; e->op++)
        ;
    if (!e->op->name)
        return json_fail(at, "there is no op \"%s\"", op);
    e->tensor = arena_strdup(arena, tensor);
    e->plain = plain_name(e->tensor, arena);
    rc = compile_pattern(e, at, arena);
    if (rc == 0 && e->op->wants_value)
        rc = json_real(at, "value", &e->value);
    if (rc == 0 && e->op->wants_with)
        rc = json_str(at, "with", &with);
    if (rc == 0 && e->op->wants_rows)
        rc = read_rows(e, at, arena);
    if (rc == 0 && !e->op->apply)
        rc = read_misread(e, at);
    if (rc == 0 && with)
        e->with = arena_strdup(arena, with);
    return rc;
}

int edit_parse(struct weight_edit **out, struct json at, struct arena *arena) {
    struct weight_edit *e = arena_alloc(arena, sizeof(*e));
    int rc = read_edit(e, at, arena);
    if (rc < 0)
        edit_done(e);
    else
        *out = e;
    return rc;
}

void edit_done(struct weight_edit *e) {
    if (e && e->compiled)
        regfree(&e->pattern);
}

/* A swap changes both of its tensors. */
static const char *source_of(const struct weight_edit *e, const char *name) {
    if (!e->with)
        return name;
    return strcmp(name, e->with) == 0 ? e->plain : e->with;
}

bool edit_matches(const struct weight_edit *e, const char *name) {
    if (e->with && strcmp(name, e->with) == 0)
        return true;
    return strcmp(name, e->tensor) == 0 || regexec(&e->pattern, name, 0, NULL, 0) == 0;
}

static int misread(const struct weight_edit *e, struct tensor *t, struct arena *arena) {
    struct tensor to;
    if (t->dtype != e->dtype)
        return 0;
    int rc = tensor_init(&to, DTYPE_F32, t->rank, t->shape);
    if (rc < 0)
        return rc;
    to.data = arena_array(arena, (size_t)tensor_count(t), sizeof(float));
    misread_decode(e->misread, to.data, t->dtype, t->data, tensor_count(t));
    *t = to;
    return 1;
}

int edit_apply(const struct weight_edit *e, struct checkpoint *cp, const char *name,
               struct tensor *t, struct arena *arena) {
    if (e->misread)
        return misread(e, t, arena);
    struct tensor from = *t, to;
    const char *source = source_of(e, name);
    if (strcmp(source, name) != 0) {
        int rc = checkpoint_get(cp, source, &from);
        if (rc < 0)
            return rc;
    }
    if (!tensor_same_shape(&from, t))
        return err_set(ERR_FORMAT, "%s and %s have different shapes and cannot be swapped", name,
                       source);
    if (!dtype_is_float(t->dtype) || !dtype_is_float(from.dtype))
        return err_set(ERR_UNSUPPORTED, "%s is no float tensor and cannot be edited", name);
    int rc = tensor_init(&to, DTYPE_F32, t->rank, t->shape);
    if (rc < 0)
        return rc;
    int64_t count = tensor_count(t);
    float *values = arena_array(arena, (size_t)count, sizeof(*values));
    to.data = arena_array(arena, (size_t)count, sizeof(*values));
    dtype_convert(values, DTYPE_F32, from.data, from.dtype, count);
    rc = e->op->apply(e, &to, values);
    if (rc < 0)
        return rc;
    *t = to;
    return 1;
}
