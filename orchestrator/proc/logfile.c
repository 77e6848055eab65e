/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/logfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "engine/base/err.h"
#include "engine/base/file.h"

enum { LEVEL = 9 };
static const size_t PLAIN_MAX = (size_t)1 << 30;

static int compress(const char *path, const char *target, const struct file *plain) {
    size_t bound = ZSTD_compressBound(plain->size);
    void *packed = malloc(bound);
    if (!packed)
        return err_set(ERR_NOMEM, "no memory to compress %s", path);
    size_t size = ZSTD_compress(packed, bound, plain->data, plain->size, LEVEL);
    int rc = ZSTD_isError(size)
                 ? err_set(ERR_IO, "cannot compress %s: %s", path, ZSTD_getErrorName(size))
                 : file_replace(target, packed, size);
    free(packed);
    return rc;
}

int logfile_compress(const char *path) {
    struct buf target;
    struct file plain;
    int rc = file_read(&plain, path, PLAIN_MAX);
    if (rc < 0)
        return rc == ERR_NOTFOUND ? 0 : rc;
    buf_init(&target, 64 << 10);
    buf_printf(&target, "%s.zst", path);
    if (plain.size)
        rc = compress(path, target.data, &plain);
    if (rc == 0 && unlink(path) != 0)
        rc = err_errno(ERR_IO, "cannot remove %s", path);
    file_done(&plain);
    buf_done(&target);
    return rc;
}

static int read_packed(struct buf *out, const char *target) {
    struct file packed;
    int rc = file_map(&packed, target);
    if (rc < 0)
        return rc;
    unsigned long long size = ZSTD_getFrameContentSize(packed.data, packed.size);
    char *room = size < PLAIN_MAX ? buf_grow(out, (size_t)size) : NULL;
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN)
        rc = err_set(ERR_FORMAT, "%s is no log of ours", target);
    else if (!room)
        rc = err_set(ERR_LIMIT, "%s is too large", target);
    else if (ZSTD_decompress(room, (size_t)size, packed.data, packed.size) != size)
        rc = err_set(ERR_FORMAT, "%s is damaged", target);
    file_done(&packed);
    return rc;
}

/* Plain as long as the run goes on, packed afterwards. */
static int read_all(struct buf *out, const char *path) {
    struct buf target;
    struct file plain;
    int rc = file_read(&plain, path, PLAIN_MAX);
    if (rc == 0) {
        buf_add(out, plain.data, plain.size);
        file_done(&plain);
    }
    if (rc != ERR_NOTFOUND)
        return rc;
    buf_init(&target, 64 << 10);
    buf_printf(&target, "%s.zst", path);
    rc = read_packed(out, target.data);
    buf_done(&target);
    return rc;
}

int logfile_read(struct buf *out, const char *path, int64_t begin, int64_t end) {
    struct buf all;
    buf_init(&all, PLAIN_MAX);
    int rc = read_all(&all, path);
    int64_t len = (int64_t)all.len;
    if (end < 0 || end > len)
        end = len;
    if (begin < 0 || begin > end)
        begin = end;
    if (rc == 0)
        buf_add(out, all.data + begin, (size_t)(end - begin));
    buf_done(&all);
    return rc;
}
