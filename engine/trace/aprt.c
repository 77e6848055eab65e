/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trace/aprt.h"

#include <endian.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"

static const char magic[4] = {'A', 'P', 'R', 'T'};

enum { VALUE_SIZE = 4 };
static const uint32_t whole_model = 0xffffffffu;

static uint32_t load(const uint8_t *p) {
    uint32_t word;
    memcpy(&word, p, sizeof(word));
    return le32toh(word);
}

static void store(uint8_t *p, uint32_t word) {
    word = htole32(word);
    memcpy(p, &word, sizeof(word));
}

int aprt_parse(struct aprt *out, const void *bytes, size_t size, const char *name) {
    const uint8_t *b = bytes;
    if (size < APRT_HEADER_SIZE)
        return err_set(ERR_FORMAT, "%s: %zu bytes are no APRT header of %d", name, size,
                       APRT_HEADER_SIZE);
    if (memcmp(b, magic, sizeof(magic)) != 0)
        return err_set(ERR_FORMAT, "%s: does not begin with APRT", name);
    uint32_t layer = load(b + 4), count = load(b + 8);
    if (layer != whole_model && layer > INT_MAX)
        return err_set(ERR_FORMAT, "%s: offset 4: there is no layer %" PRIu32, name, layer);
    if ((uint64_t)size - APRT_HEADER_SIZE != (uint64_t)count * VALUE_SIZE)
        return err_set(ERR_FORMAT,
                       "%s: offset 8: %" PRIu32 " values are claimed, and %zu bytes follow", name,
                       count, size - APRT_HEADER_SIZE);
    *out = (struct aprt){layer == whole_model ? -1 : (int)layer, count, b + APRT_HEADER_SIZE};
    return 0;
}

int aprt_write(const char *path, int layer, const struct tensor *t) {
    int64_t count = tensor_count(t);
    if (count > UINT32_MAX)
        return err_set(ERR_LIMIT, "%s: %" PRId64 " values are more than an APRT file can count",
                       path, count);
    size_t size = APRT_HEADER_SIZE + (size_t)count * VALUE_SIZE;
    uint8_t *bytes = malloc(size);
    if (!bytes)
        return err_set(ERR_NOMEM, "no memory for the %zu bytes of %s", size, path);
    memcpy(bytes, magic, sizeof(magic));
    store(bytes + 4, layer < 0 ? whole_model : (uint32_t)layer);
    store(bytes + 8, (uint32_t)count);
    struct tensor flat;
    CHECK(tensor_init(&flat, DTYPE_F32, t->rank, t->shape) == 0);
    flat.data = bytes + APRT_HEADER_SIZE; /* a multiple of 4 behind what malloc() aligned */
    tensor_copy(&flat, t);
    int rc = file_replace(path, bytes, size);
    free(bytes);
    return rc;
}
