/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trace/trace_file.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/format/safetensors.h"
#include "engine/format/safetensors_writer.h"
#include "engine/trace/aprt.h"
#include "engine/trace/npy.h"
#include "engine/trace/trace_json.h"

enum { PATH_MAX_BYTES = 1 << 16, FILE_MAX = INT32_MAX, DEPTH_MAX = 3 };

static const char *const format_names[] = {"trace", "aprt", "npy"};

bool trace_format_parse(enum trace_format *out, const char *name) {
    for (size_t i = 0; i < sizeof(format_names) / sizeof(format_names[0]); i++)
        if (strcmp(format_names[i], name) == 0)
            return *out = (enum trace_format)i, true;
    return false;
}

static int load_json(struct trace *t, const char *folder) {
    struct file file = {0};
    struct buf path;
    buf_init(&path, PATH_MAX_BYTES);
    const char *name = file_join(&path, folder, TRACE_JSON_NAME);
    int rc = file_read(&file, name, TRACE_JSON_MAX);
    if (rc == 0)
        rc = trace_json_read(t, (const char *)file.data, file.size, name);
    file_done(&file);
    buf_done(&path);
    return rc;
}

/* ---- writing ---- */

static int save_json(const struct trace *t, const char *folder, enum trace_format format) {
    struct trace named = *t;
    struct buf path, text;
    named.about.files = format_names[format];
    buf_init(&path, PATH_MAX_BYTES);
    buf_init(&text, TRACE_JSON_MAX);
    trace_json_write(&text, &named);
    int rc = buf_ok(&text, TRACE_JSON_NAME);
    if (rc == 0)
        rc = file_replace(file_join(&path, folder, TRACE_JSON_NAME), text.data, text.len);
    buf_done(&text);
    buf_done(&path);
    return rc;
}

static int save_native(const struct trace *t, const char *folder) {
    static const struct safetensors_pair format = {"format", "noctule-trace"};
    struct safetensors_item *items = xcalloc(t->item_count + 1, sizeof(*items));
    struct buf path;
    buf_init(&path, PATH_MAX_BYTES);
    for (size_t i = 0; i < t->item_count; i++)
        items[i] = (struct safetensors_item){t->items[i].key, &t->items[i].tensor};
    int rc = safetensors_write(file_join(&path, folder, TRACE_TENSORS_NAME), items, t->item_count,
                               &format, 1);
    buf_done(&path);
    free(items);
    return rc;
}

/* aprender's paths for step 0, and the same below step-S/ for later ones, which it would have
 * written over the first. */
static const char *path_of(struct buf *b, const struct trace_item *item, const char *folder,
                           const char *suffix) {
    buf_reset(b);
    buf_printf(b, "%s/", folder);
    if (item->stage == STAGE_NONE)
        buf_puts(b, item->key);
    if (item->stage != STAGE_NONE && item->step > 0)
        buf_printf(b, "step-%" PRId64 "/", item->step);
    if (item->stage != STAGE_NONE && item->layer >= 0)
        buf_printf(b, "layer-%d/", item->layer);
    buf_printf(b, "%s%s", stage_name(item->stage), suffix);
    return b->data;
}

static const char *suffix_of(enum trace_format format) {
    return format == TRACE_APRT ? ".bin" : ".npy";
}

static int save_item(const struct trace_item *item, const char *folder, enum trace_format format) {
    struct buf path;
    buf_init(&path, PATH_MAX_BYTES);
    const char *to = path_of(&path, item, folder, suffix_of(format));
    char *dir = xstrndup(to, (size_t)(file_base_name(to) - to - 1));
    int rc = file_make_dirs(dir);
    if (rc == 0 && format == TRACE_APRT)
        rc = aprt_write(to, item->layer, &item->tensor);
    else if (rc == 0)
        rc = npy_write(to, &item->tensor);
    free(dir);
    buf_done(&path);
    return rc;
}

/* A trace.json is untrusted: none of its keys may lead out of the folder. */
static bool is_inside(const struct trace_item *item) {
    return item->stage != STAGE_NONE || (item->key[0] != '/' && !strstr(item->key, ".."));
}

/* Removes what the trace that is in the folder lists as its own, and nothing else: its files would
 * be read with the new ones, or instead of them. */
static int remove_earlier(const char *folder, enum trace_format format) {
    struct trace old;
    struct buf path;
    enum trace_format files = TRACE_NATIVE;
    trace_init(&old);
    buf_init(&path, PATH_MAX_BYTES);
    bool known = file_exists(file_join(&path, folder, TRACE_JSON_NAME)) &&
                 load_json(&old, folder) == 0 &&
                 (!old.about.files || trace_format_parse(&files, old.about.files));
    if (known && files == TRACE_NATIVE)
        (void)unlink(file_join(&path, folder, TRACE_TENSORS_NAME));
    for (size_t i = 0; known && files != TRACE_NATIVE && i < old.item_count; i++)
        if (is_inside(&old.items[i]))
            (void)unlink(path_of(&path, &old.items[i], folder, suffix_of(files)));
    bool hidden =
        format != TRACE_NATIVE && file_exists(file_join(&path, folder, TRACE_TENSORS_NAME));
    trace_done(&old);
    buf_done(&path);
    return hidden ? err_set(ERR_ARG,
                            "%s holds a %s that no %s there tells of, and that would be read "
                            "instead: remove it, or write elsewhere",
                            folder, TRACE_TENSORS_NAME, TRACE_JSON_NAME)
                  : 0;
}

int trace_save(const struct trace *t, const char *folder, enum trace_format format) {
    int rc = file_make_dirs(folder);
    if (rc == 0)
        rc = remove_earlier(folder, format);
    if (rc == 0 && format == TRACE_NATIVE)
        rc = save_native(t, folder);
    for (size_t i = 0; rc == 0 && format != TRACE_NATIVE && i < t->item_count; i++)
        rc = save_item(&t->items[i], folder, format);
    return rc < 0 ? rc : save_json(t, folder, format);
}

/* ---- reading ---- */

/* Gives each item of trace.json its bytes. */
static int join(struct trace *t) {
    for (size_t i = 0; i < t->item_count; i++) {
        struct tensor found;
        struct trace_item *item = &t->items[i];
        int rc = safetensors_get(t->file, item->key, &found);
        if (rc < 0)
            return err_while(rc, "%s and %s do not agree", TRACE_JSON_NAME, TRACE_TENSORS_NAME);
        if (found.dtype != item->tensor.dtype || !tensor_same_shape(&found, &item->tensor))
            return err_set(ERR_FORMAT, "%s: %s has another shape or dtype in %s",
                           safetensors_path(t->file), item->key, TRACE_JSON_NAME);
        item->tensor = found;
    }
    if (t->item_count != safetensors_count(t->file))
        return err_set(ERR_FORMAT, "%s holds %zu tensors, and %s names %zu",
                       safetensors_path(t->file), safetensors_count(t->file), TRACE_JSON_NAME,
                       t->item_count);
    return 0;
}

int trace_load(struct trace *t, const char *folder) {
    struct buf path;
    trace_init(t);
    buf_init(&path, PATH_MAX_BYTES);
    int rc =
        safetensors_open(&t->file, file_join(&path, folder, TRACE_TENSORS_NAME), SAFETENSORS_READ);
    if (rc == 0)
        rc = load_json(t, folder);
    if (rc == 0)
        rc = join(t);
    buf_done(&path);
    return rc;
}

static int load_safetensors(struct trace *t, const char *path) {
    int rc = safetensors_open(&t->file, path, SAFETENSORS_READ);
    for (size_t i = 0; rc == 0 && i < safetensors_count(t->file); i++) {
        const char *name = safetensors_at(t->file, i)->name;
        struct trace_item item = {.key = name, .layer = -1, .node = -1};
        (void)trace_key_parse(name, &item.step, &item.stage, &item.layer);
        rc = safetensors_get(t->file, name, &item.tensor);
        if (rc == 0)
            *trace_add_item(t) = item;
    }
    return rc;
}

/* The key that a path below the folder stands for: aprender leaves step 0 out. */
static const char *key_of(struct trace *t, const char *below) {
    size_t len = strlen(below) - 4; /* .bin, .npy */
    char *name = arena_strndup(&t->arena, below, len);
    int64_t step;
    enum stage stage;
    int layer;
    const char *key = arena_printf(&t->arena, "step-0/%s", name);
    return trace_key_parse(key, &step, &stage, &layer) ? key : name;
}

static int add_copy(struct trace *t, const char *key, const struct npy *n) {
    struct tensor value = n->t;
    size_t size = tensor_size(&value);
    struct trace_item *item;
    value.data = malloc(size + 1); /* the file's bytes may lie unaligned */
    if (!value.data)
        return err_set(ERR_NOMEM, "no memory for %zu bytes", size);
    npy_copy(value.data, n);
    int rc = trace_add_named(t, key, &value, &item);
    free(value.data);
    if (rc == 0)
        (void)trace_key_parse(item->key, &item->step, &item->stage, &item->layer);
    return rc;
}

static int load_aprt(struct trace *t, const char *key, const struct file *file, const char *path) {
    struct aprt a;
    struct npy flat = {0};
    int rc = aprt_parse(&a, file->data, file->size, path);
    if (rc == 0)
        rc = tensor_init(&flat.t, DTYPE_F32, SHAPE(a.count));
    flat.data = rc == 0 ? a.bytes : NULL;
    if (rc == 0)
        rc = add_copy(t, key, &flat);
    const struct trace_item *item = rc == 0 ? &t->items[t->item_count - 1] : NULL;
    if (item && item->stage != STAGE_NONE && item->layer != a.layer)
        return err_set(ERR_FORMAT, "%s: offset 4: the file is of layer %d, its folder of %d", path,
                       a.layer, item->layer);
    return rc;
}

static int load_file(struct trace *t, const char *path, const char *below) {
    struct file file = {0};
    struct npy n;
    const char *key = key_of(t, below);
    int rc = file_read(&file, path, FILE_MAX);
    if (rc == 0 && strcmp(path + strlen(path) - 4, ".bin") == 0)
        rc = load_aprt(t, key, &file, path);
    else if (rc == 0 && (rc = npy_parse(&n, file.data, file.size, path)) == 0)
        rc = add_copy(t, key, &n);
    file_done(&file);
    return rc;
}

static bool is_stage_file(const char *name) {
    size_t len = strlen(name);
    return len > 4 && (strcmp(name + len - 4, ".bin") == 0 || strcmp(name + len - 4, ".npy") == 0);
}

static int load_folder(struct trace *t, const char *folder, const char *below, int depth) {
    struct dirent **entries = NULL;
    struct buf path;
    int n = scandir(folder, &entries, NULL, alphasort), rc = 0;
    if (n < 0)
        return err_errno(ERR_IO, "reading the folder %s", folder);
    buf_init(&path, PATH_MAX_BYTES);
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        const char *full = file_join(&path, folder, name);
        const char *inside = arena_printf(&t->arena, "%s%s", below, name);
        if (rc == 0 && name[0] != '.' && depth < DEPTH_MAX && file_is_dir(full))
            rc = load_folder(t, full, arena_printf(&t->arena, "%s/", inside), depth + 1);
        else if (rc == 0 && is_stage_file(name))
            rc = load_file(t, full, inside);
        free(entries[i]);
    }
    free(entries);
    buf_done(&path);
    return rc;
}

static int load_loose(struct trace *t, const char *folder) {
    int rc = load_folder(t, folder, "", 0);
    if (rc == 0 && t->item_count == 0)
        rc =
            err_set(ERR_NOTFOUND, "%s holds neither %s nor stage files (layer-N/STAGE.bin or .npy)",
                    folder, TRACE_TENSORS_NAME);
    return rc;
}

int trace_open(struct trace *t, const char *path) {
    struct buf tensors;
    buf_init(&tensors, PATH_MAX_BYTES);
    bool native = file_is_dir(path) && file_exists(file_join(&tensors, path, TRACE_TENSORS_NAME));
    buf_done(&tensors);
    if (native)
        return trace_load(t, path);
    trace_init(t);
    if (file_is_dir(path))
        return load_loose(t, path);
    t->is_array = is_stage_file(path);
    if (t->is_array)
        return load_file(t, path, file_base_name(path));
    return load_safetensors(t, path);
}
