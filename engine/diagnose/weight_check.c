/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/weight_check.h"

#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/nn/arch.h"
#include "engine/run/model.h"

enum { FILE_MAX = 1 << 30, SHARDS_MAX = 64, LEN_SIZE = 8 };

/* One file: eight bytes of length, a JSON header, bytes. */
struct shard {
    struct file file;
    struct json_doc *header;
    const uint8_t *data;
    size_t size;
};

struct shards {
    struct shard list[SHARDS_MAX];
    int count;
};

static void shards_done(struct shards *s) {
    for (int i = 0; i < s->count; i++) {
        json_free(s->list[i].header);
        file_done(&s->list[i].file);
    }
}

static int open_shard(struct shard *s, const char *path) {
    uint64_t len = 0;
    int rc = file_read(&s->file, path, FILE_MAX);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < LEN_SIZE && s->file.size >= LEN_SIZE; i++)
        len |= (uint64_t)s->file.data[i] << (8 * i);
    if (s->file.size < LEN_SIZE || len > s->file.size - LEN_SIZE)
        return err_set(ERR_FORMAT, "%s: its header is longer than the file", path);
    s->data = s->file.data + LEN_SIZE + len;
    s->size = s->file.size - LEN_SIZE - (size_t)len;
    return json_parse(&s->header, (const char *)s->file.data + LEN_SIZE, (size_t)len, path, 0);
}

static int open_shards(struct shards *s, const char *folder) {
    struct dirent **entries = NULL;
    struct buf path;
    int n = scandir(folder, &entries, NULL, alphasort), rc = 0;
    if (n < 0)
        return err_errno(ERR_IO, "reading the folder %s", folder);
    buf_init(&path, 1 << 16);
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        size_t len = strlen(name);
        bool is_shard = len > 12 && strcmp(name + len - 12, ".safetensors") == 0 &&
                        strcmp(name, "goldens.safetensors") != 0;
        if (rc == 0 && is_shard && s->count < SHARDS_MAX)
            rc = open_shard(&s->list[s->count++], file_join(&path, folder, name));
        free(entries[i]);
    }
    free(entries);
    buf_done(&path);
    return rc;
}

/* A tensor in a file: row-major numbers of one of three types. */
struct stored {
    const uint8_t *bytes;
    char type; /* 'f' F32, 'h' F16, 'b' BF16 */
    int rank;
    int64_t shape[8];
    int64_t count;
};

static bool read_entry(struct stored *out, const struct shard *s, struct json v) {
    const char *type;
    int64_t begin, end;
    struct json shape, offsets;
    if (json_str(v, "dtype", &type) < 0 || json_array(v, "shape", &shape) < 0 ||
        json_array(v, "data_offsets", &offsets) < 0 || json_len(shape) > 8 ||
        json_as_int(json_at(offsets, 0), 0, INT64_MAX, &begin) < 0 ||
        json_as_int(json_at(offsets, 1), begin, (int64_t)s->size, &end) < 0)
        return false;
    *out = (struct stored){.bytes = s->data + begin, .count = 1};
    out->type = strcmp(type, "F32") == 0    ? 'f'
                : strcmp(type, "F16") == 0  ? 'h'
                : strcmp(type, "BF16") == 0 ? 'b'
                                            : 0;
    for (struct json d = json_first(shape); d.node; d = json_next(d)) {
        if (json_as_int(d, 0, INT32_MAX, &out->shape[out->rank]) < 0)
            return false;
        out->count *= out->shape[out->rank++];
    }
    return out->type && end - begin == out->count * (out->type == 'f' ? 4 : 2);
}

static bool find_stored(struct stored *out, const struct shards *s, const char *name) {
    for (int i = 0; i < s->count; i++) {
        struct json v = json_member(json_root(s->list[i].header), name);
        if (json_exists(v))
            return read_entry(out, &s->list[i], v);
    }
    return false;
}

/* Sign, exponent and fraction by arithmetic. */
static double decode(uint64_t bits, int exponent_bits, int fraction_bits) {
    uint64_t fraction = bits & ((1ull << fraction_bits) - 1);
    int exponent = (int)(bits >> fraction_bits) & ((1 << exponent_bits) - 1);
    int bias = (1 << (exponent_bits - 1)) - 1;
    double sign = bits >> (fraction_bits + exponent_bits) & 1 ? -1.0 : 1.0;
    if (exponent == (1 << exponent_bits) - 1)
        return fraction ? (double)NAN : sign * HUGE_VAL;
    if (exponent == 0)
        return sign * ldexp((double)fraction, 1 - bias - fraction_bits);
    return sign *
           ldexp((double)(fraction | 1ull << fraction_bits), exponent - bias - fraction_bits);
}

static uint64_t load(const uint8_t *p, int size) {
    uint64_t bits = 0;
    for (int i = 0; i < size; i++)
        bits |= (uint64_t)p[i] << (8 * i);
    return bits;
}

static double stored_at(const struct stored *s, int64_t i) {
    if (s->type == 'f')
        return decode(load(s->bytes + 4 * i, 4), 8, 23);
    return s->type == 'h' ? decode(load(s->bytes + 2 * i, 2), 5, 10)
                          : decode(load(s->bytes + 2 * i, 2), 8, 7);
}

/* x to the nearest number of that many bits, ties to even. */
static double rounded(double x, int exponent_bits, int fraction_bits) {
    int bias = (1 << (exponent_bits - 1)) - 1, exponent;
    if (!isfinite(x) || (x >= 0 && x <= 0))
        return x;
    (void)frexp(x, &exponent); /* |x| in [2^(e-1), 2^e) */
    int ulp = exponent - 1 < 1 - bias ? 1 - bias - fraction_bits : exponent - 1 - fraction_bits;
    double y = ldexp(nearbyint(ldexp(x, -ulp)), ulp);
    double most = ldexp(2 - ldexp(1, -fraction_bits), bias);
    return fabs(y) > most ? copysign(HUGE_VAL, x) : y;
}

static double held_at(const struct tensor *t, int64_t row, int64_t column) {
    const uint8_t *p = tensor_row(t, row);
    if (t->dtype == DTYPE_F32)
        return decode(load(p + 4 * column, 4), 8, 23);
    return t->dtype == DTYPE_F16 ? decode(load(p + 2 * column, 2), 5, 10)
                                 : decode(load(p + 2 * column, 2), 8, 7);
}

static double cast(double x, enum dtype dtype) {
    return dtype == DTYPE_F16 ? rounded(x, 5, 10) : dtype == DTYPE_BF16 ? rounded(x, 8, 7) : x;
}

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* GPT-2 keeps its maps as [in,out]. */
static bool is_turned(const struct model *m, const char *name) {
    return strcmp(m->config.arch->model_type, "gpt2") == 0 &&
           (ends_with(name, "c_attn.weight") || ends_with(name, "c_proj.weight") ||
            ends_with(name, "c_fc.weight"));
}

static bool is_plain(const struct tensor *t) {
    return t->layout == TENSOR_ROWS && (DTYPES_STORAGE & DTYPE_BIT(t->dtype)) && t->rank <= 2 &&
           tensor_row_stride(t) == 1;
}

static void say(struct weight_finding *f, const char *name, const char *text) {
    f->found = true;
    f->name = name;
    (void)snprintf(f->text, sizeof(f->text), "%s", text);
}

static void check_one(struct weight_finding *f, const struct model *m, const struct loaded *l,
                      const struct stored *s) {
    const struct tensor *t = &l->tensor;
    char text[WEIGHT_CHECK_TEXT];
    int64_t rows = tensor_rows(t), len = tensor_row_len(t);
    bool turned = is_turned(m, l->name);
    if (tensor_count(t) != s->count) {
        (void)snprintf(text, sizeof(text), "%s has %" PRId64 " numbers, and the file %" PRId64,
                       l->name, tensor_count(t), s->count);
        say(f, l->name, text);
        return;
    }
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < len; i++) {
            int64_t at = turned ? i * rows + r : r * len + i;
            double want = cast(stored_at(s, at), t->dtype), got = held_at(t, r, i);
            bool same = isnan(want) ? isnan(got) : !(got < want) && !(got > want) && !isnan(got);
            if (same)
                continue;
            (void)snprintf(text, sizeof(text),
                           "%s at [%" PRId64 ", %" PRId64 "] is %.9g, and the file says %.9g",
                           l->name, r, i, got, want);
            say(f, l->name, text);
            return;
        }
}

/* A file may be read rightly and still hold what no model computes with. */
static void check_numbers(struct weight_finding *f, const struct loaded *l) {
    const struct tensor *t = &l->tensor;
    char text[WEIGHT_CHECK_TEXT];
    int64_t rows = tensor_rows(t), len = tensor_row_len(t), count = 0;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < len; i++)
            count += isnan(held_at(t, r, i)) != 0;
    if (count == 0)
        return;
    (void)snprintf(text, sizeof(text),
                   "%s holds %" PRId64 " values that are no numbers, as its file does", l->name,
                   count);
    say(f, l->name, text);
}

int weight_check(const struct model *m, const char *folder, struct weight_finding *out) {
    struct shards shards = {.count = 0};
    *out = (struct weight_finding){0};
    int rc = open_shards(&shards, folder);
    for (size_t i = 0; rc == 0 && !out->found && i < m->weights.loaded_len; i++) {
        const struct loaded *l = &m->weights.loaded[i];
        struct stored s;
        if (!l->name || !l->tensor.data || !is_plain(&l->tensor) ||
            !find_stored(&s, &shards, l->name))
            continue;
        out->checked++;
        check_one(out, m, l, &s);
        if (!out->found)
            check_numbers(out, l);
    }
    shards_done(&shards);
    return rc;
}
