/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/format/safetensors_writer.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/utf8.h"
#include "engine/format/safetensors.h"

enum { HEADER_ALIGN = 8 };

static int by_alignment(const void *a, const void *b) {
    const struct safetensors_item *x = a, *y = b;
    int order_x = safetensors_type_order(safetensors_type_of(x->tensor->dtype));
    int order_y = safetensors_type_order(safetensors_type_of(y->tensor->dtype));
    return order_x != order_y ? order_x - order_y : strcmp(x->name, y->name);
}

static int check_items(const struct safetensors_item *items, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!safetensors_type_of(items[i].tensor->dtype))
            return err_set(ERR_UNSUPPORTED, "tensor \"%s\": safetensors has no type for %s",
                           items[i].name, dtype_name(items[i].tensor->dtype));
        if (!utf8_valid(items[i].name, strlen(items[i].name), NULL))
            return err_set(ERR_ARG, "tensor %zu: its name is not UTF-8", i);
        if (strcmp(items[i].name, "__metadata__") == 0)
            return err_set(ERR_ARG, "tensor %zu: no tensor may be called __metadata__", i);
    }
    return 0;
}

/* Twins stand side by side once sorted, unless their dtypes differ; sorting by name finds all. */
static int by_name(const void *a, const void *b) {
    return strcmp(((const struct safetensors_item *)a)->name,
                  ((const struct safetensors_item *)b)->name);
}

static int sort_items(struct safetensors_item *items, size_t count) {
    qsort(items, count, sizeof(*items), by_name);
    for (size_t i = 1; i < count; i++)
        if (strcmp(items[i - 1].name, items[i].name) == 0)
            return err_set(ERR_ARG, "tensor \"%s\" is given twice", items[i].name);
    qsort(items, count, sizeof(*items), by_alignment);
    return 0;
}

static void put_entry(struct json_writer *w, const struct safetensors_item *item, int64_t begin) {
    const struct tensor *t = item->tensor;
    json_open_object(w, item->name);
    json_put_str(w, "dtype", safetensors_type_of(t->dtype)->name);
    json_open_array(w, "shape");
    for (int d = 0; d < t->rank; d++)
        json_put_int(w, NULL, t->shape[d]);
    json_close_array(w);
    json_open_array(w, "data_offsets");
    json_put_int(w, NULL, begin);
    json_put_int(w, NULL, begin + (int64_t)tensor_size(t));
    json_close_array(w);
    json_close_object(w);
}

/* Appends the header, padded; *size becomes that of the data section. */
static void put_header(struct buf *b, const struct safetensors_item *items, size_t count,
                       const struct safetensors_pair *metadata, size_t metadata_count,
                       size_t *size) {
    struct json_writer w;
    int64_t at = 0;
    json_writer_init(&w, b, 0);
    json_open_object(&w, NULL);
    if (metadata_count > 0) {
        json_open_object(&w, "__metadata__");
        for (size_t i = 0; i < metadata_count; i++)
            json_put_str(&w, metadata[i].key, metadata[i].value);
        json_close_object(&w);
    }
    for (size_t i = 0; i < count; i++) {
        put_entry(&w, &items[i], at);
        at += (int64_t)tensor_size(items[i].tensor);
    }
    json_close_object(&w);
    while (b->len % HEADER_ALIGN != 0 && !b->over)
        buf_putc(b, ' ');
    *size = (size_t)at;
}

/* Elements in order, whatever the strides. */
static uint8_t *gather(uint8_t *to, const struct tensor *t, int dim, const uint8_t *from) {
    size_t element = dtype_size(t->dtype);
    if (dim == t->rank) {
        memcpy(to, from, element);
        return to + element;
    }
    for (int64_t i = 0; i < t->shape[dim]; i++)
        to = gather(to, t, dim + 1, from + (ptrdiff_t)element * (i * t->stride[dim]));
    return to;
}

static uint8_t *put_tensor(uint8_t *to, const struct tensor *t) {
    size_t size = tensor_size(t);
    if (!tensor_is_contiguous(t))
        return gather(to, t, 0, t->data);
    if (size > 0)
        memcpy(to, t->data, size);
    return to + size;
}

static int write_file(const char *path, const struct buf *header,
                      const struct safetensors_item *items, size_t count, size_t data_size) {
    size_t size = sizeof(uint64_t) + header->len + data_size;
    uint8_t *bytes = malloc(size), *at = bytes;
    if (!bytes)
        return err_set(ERR_NOMEM, "no memory for the %zu bytes of the file", size);
    for (int i = 0; i < 8; i++)
        *at++ = (uint8_t)((uint64_t)header->len >> (8 * i));
    memcpy(at, header->data, header->len);
    at += header->len;
    for (size_t i = 0; i < count; i++)
        at = put_tensor(at, items[i].tensor);
    int rc = file_replace(path, bytes, size);
    free(bytes);
    return rc;
}

int safetensors_write(const char *path, const struct safetensors_item *items, size_t count,
                      const struct safetensors_pair *metadata, size_t metadata_count) {
    struct safetensors_item *sorted = xcalloc(count ? count : 1, sizeof(*sorted));
    struct buf header;
    size_t data_size = 0;
    buf_init(&header, SAFETENSORS_HEADER_MAX);
    for (size_t i = 0; i < count; i++)
        sorted[i] = items[i];
    int rc = check_items(sorted, count);
    if (rc == 0)
        rc = sort_items(sorted, count);
    if (rc == 0) {
        put_header(&header, sorted, count, metadata, metadata_count, &data_size);
        rc = buf_ok(&header, "the header");
    }
    if (rc == 0)
        rc = write_file(path, &header, sorted, count, data_size);
    buf_done(&header);
    free(sorted);
    return rc < 0 ? err_while(rc, "writing %s", path) : 0;
}
