/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/stored.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/check/numbers.h"
#include "engine/diagnose/stored_gguf.h"

enum { FILE_MAX = 1 << 30, CONFIG_MAX = 16 << 20, SHARDS_MAX = 64, LEN_SIZE = 8 };

/* One file of a folder: eight bytes of length, a JSON header, bytes. */
struct shard {
    struct file file;
    struct json_doc *header;
    const uint8_t *data;
    size_t size;
};

struct stored_files {
    struct shard list[SHARDS_MAX];
    int count;
    bool turns; /* a family that keeps its matrices as [in,out] */
    struct file file;
    struct stored_gguf *gguf; /* NULL of a folder */
};

/* -- safetensors -- */

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

static bool is_shard(const char *name) {
    size_t len = strlen(name);
    return len > 12 && strcmp(name + len - 12, ".safetensors") == 0 &&
           strcmp(name, "goldens.safetensors") != 0;
}

static int open_shards(struct stored_files *f, const char *folder) {
    struct dirent **entries = NULL;
    struct buf path;
    int n = scandir(folder, &entries, NULL, alphasort), rc = 0;
    if (n < 0)
        return err_errno(ERR_IO, "reading the folder %s", folder);
    buf_init(&path, 1 << 16);
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        if (rc == 0 && is_shard(name) && f->count < SHARDS_MAX)
            rc = open_shard(&f->list[f->count++], file_join(&path, folder, name));
        free(entries[i]);
    }
    free(entries);
    buf_done(&path);
    return rc;
}

static bool dtype_of(enum dtype *out, const char *name) {
    static const struct {
        const char *name;
        enum dtype dtype;
    } rows[] = {
        {"F32",  DTYPE_F32 },
        {"F16",  DTYPE_F16 },
        {"BF16", DTYPE_BF16},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].name, name) == 0) {
            *out = rows[i].dtype;
            return true;
        }
    return false;
}

static bool read_entry(struct stored *out, const struct shard *s, struct json v) {
    const char *type;
    int64_t begin, end;
    struct json shape, offsets;
    *out = (struct stored){.count = 1};
    if (json_str(v, "dtype", &type) < 0 || json_array(v, "shape", &shape) < 0 ||
        json_array(v, "data_offsets", &offsets) < 0 || json_len(shape) > STORED_RANK_MAX ||
        json_as_int(json_at(offsets, 0), 0, INT64_MAX, &begin) < 0 ||
        json_as_int(json_at(offsets, 1), begin, (int64_t)s->size, &end) < 0 ||
        !dtype_of(&out->dtype, type))
        return false;
    out->bytes = s->data + begin;
    for (struct json d = json_first(shape); d.node; d = json_next(d)) {
        if (json_as_int(d, 0, INT32_MAX, &out->shape[out->rank]) < 0 || out->count > (int64_t)1
                                                                                         << 40)
            return false;
        out->count *= out->shape[out->rank++];
    }
    return end - begin == out->count * (int64_t)numbers_size(out->dtype);
}

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static bool find_entry(struct stored *out, const struct stored_files *f, const char *name) {
    for (int i = 0; i < f->count; i++) {
        struct json v = json_member(json_root(f->list[i].header), name);
        if (!json_exists(v))
            continue;
        if (!read_entry(out, &f->list[i], v))
            return false;
        out->turned =
            f->turns && (ends_with(name, "c_attn.weight") || ends_with(name, "c_proj.weight") ||
                         ends_with(name, "c_fc.weight"));
        return true;
    }
    return false;
}

/* -- either -- */

static int open_file(struct stored_files *f, const char *path) {
    int rc = file_read(&f->file, path, FILE_MAX);
    return rc < 0 ? rc : stored_gguf_open(&f->gguf, f->file.data, f->file.size, path);
}

static int open_folder(struct stored_files *f, const char *path) {
    struct json_doc *config = NULL;
    const char *family = "";
    int rc = stored_config(&config, path);
    if (rc == 0)
        (void)json_opt_str(json_root(config), "model_type", &family);
    f->turns = strcmp(family, "gpt2") == 0;
    json_free(config);
    return rc < 0 ? rc : open_shards(f, path);
}

int stored_open(struct stored_files **out, const char *path) {
    struct stored_files *f = xcalloc(1, sizeof(*f));
    int rc = file_is_dir(path) ? open_folder(f, path) : open_file(f, path);
    if (rc < 0) {
        stored_close(f);
        return rc;
    }
    *out = f;
    return 0;
}

void stored_close(struct stored_files *f) {
    if (!f)
        return;
    for (int i = 0; i < f->count; i++) {
        json_free(f->list[i].header);
        file_done(&f->list[i].file);
    }
    stored_gguf_close(f->gguf);
    file_done(&f->file);
    free(f);
}

bool stored_find(struct stored *out, const struct stored_files *f, const char *name) {
    return f->gguf ? stored_gguf_find(out, f->gguf, name) : find_entry(out, f, name);
}

/* Where in its file row r of a model lies. */
static int64_t place_of(const struct stored *s, int64_t r) {
    if (s->paired < 2)
        return r;
    int64_t half = s->paired / 2, within = r % s->paired;
    return r - within + within % half * 2 + within / half;
}

static double number_at(const struct stored *s, int64_t i) {
    double x;
    numbers_read(&x, NULL, s->dtype, s->bytes + i * (int64_t)numbers_size(s->dtype), 1);
    return x;
}

void stored_row(double *out, const struct stored *s, int64_t r, int64_t len) {
    int64_t rows = len > 0 ? s->count / len : 0;
    int block = numbers_block(s->dtype);
    if (s->turned || (s->rank == 1 && s->paired > 0)) {
        for (int64_t i = 0; i < len; i++)
            out[i] = number_at(s, s->turned ? i * rows + r : place_of(s, i));
        return;
    }
    int64_t at = place_of(s, r) * (len / block) * (int64_t)numbers_size(s->dtype);
    numbers_read(out, NULL, s->dtype, s->bytes + at, len);
}

int stored_config(struct json_doc **out, const char *path) {
    struct buf text;
    buf_init(&text, 1 << 16);
    if (file_is_dir(path)) {
        int rc = json_load(out, file_join(&text, path, "config.json"), CONFIG_MAX, 0);
        buf_done(&text);
        return rc;
    }
    struct stored_files f = {.count = 0};
    int rc = open_file(&f, path);
    if (rc == 0) {
        stored_gguf_config(&text, f.gguf);
        rc = json_parse(out, text.data, text.len, path, 0);
    }
    stored_gguf_close(f.gguf);
    file_done(&f.file);
    buf_done(&text);
    return rc;
}
