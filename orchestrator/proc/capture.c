/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"

struct capture {
    char *path;
    int fd;
    int failed;         /* first ERR_ of a write */
    int64_t size;       /* of the file */
    int64_t begin;      /* of the section, in the file */
    struct buf head;    /* as on disk */
    struct buf text;    /* head, mark and tail, made on demand */
    char *ring;         /* the last CAPTURE_TAIL bytes behind the head */
    size_t ring_at;     /* where the next byte goes */
    int64_t after_head; /* bytes of the section behind the head */
};

static int open_log(struct capture *c) {
    char *folder = xstrndup(c->path, (size_t)(file_base_name(c->path) - c->path));
    int rc = *folder ? file_make_dirs(folder) : 0;
    free(folder);
    if (rc < 0)
        return rc;
    c->fd = open(c->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (c->fd < 0)
        return err_errno(ERR_IO, "cannot write %s", c->path);
    c->size = lseek(c->fd, 0, SEEK_END);
    c->begin = c->size;
    return c->size < 0 ? err_errno(ERR_IO, "cannot write %s", c->path) : 0;
}

int capture_open(struct capture **out, const char *path) {
    struct capture *c = xcalloc(1, sizeof(*c));
    c->path = xstrdup(path);
    c->fd = -1;
    buf_init(&c->head, CAPTURE_HEAD);
    buf_init(&c->text, CAPTURE_HEAD + CAPTURE_TAIL + 128);
    c->ring = xcalloc(CAPTURE_TAIL, 1);
    int rc = open_log(c);
    if (rc < 0)
        capture_close(c);
    else
        *out = c;
    return rc;
}

static int write_log(struct capture *c, const char *data, size_t len) {
    while (len && c->failed == 0) {
        ssize_t n = write(c->fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            c->failed = err_errno(ERR_IO, "cannot write %s", c->path);
            break;
        }
        data += n;
        len -= (size_t)n;
        c->size += n;
    }
    return c->failed;
}

static void add_tail(struct capture *c, const char *bytes, size_t len) {
    c->after_head += (int64_t)len;
    if (len > CAPTURE_TAIL) {
        bytes += len - CAPTURE_TAIL;
        len = CAPTURE_TAIL;
    }
    size_t first = CAPTURE_TAIL - c->ring_at < len ? CAPTURE_TAIL - c->ring_at : len;
    memcpy(c->ring + c->ring_at, bytes, first);
    memcpy(c->ring, bytes + first, len - first);
    c->ring_at = (c->ring_at + len) % CAPTURE_TAIL;
}

int capture_add(struct capture *c, const void *bytes, size_t len) {
    const char *data = bytes;
    size_t room = CAPTURE_HEAD - c->head.len, head = len < room ? len : room;
    buf_add(&c->head, data, head);
    if (len > head)
        add_tail(c, data + head, len - head);
    return head ? write_log(c, data, head) : c->failed;
}

const char *capture_text(struct capture *c, size_t *len) {
    buf_reset(&c->text);
    buf_add(&c->text, c->head.data, c->head.len);
    size_t kept = c->after_head < CAPTURE_TAIL ? (size_t)c->after_head : CAPTURE_TAIL;
    if ((int64_t)kept < c->after_head)
        buf_printf(&c->text, "\n… %lld bytes left out …\n",
                   (long long)(c->after_head - (int64_t)kept));
    size_t from = (c->ring_at + CAPTURE_TAIL - kept) % CAPTURE_TAIL;
    size_t first = CAPTURE_TAIL - from < kept ? CAPTURE_TAIL - from : kept;
    buf_add(&c->text, c->ring + from, first);
    buf_add(&c->text, c->ring, kept - first);
    *len = c->text.len;
    return c->text.data;
}

int capture_end(struct capture *c, int64_t *begin, int64_t *end) {
    size_t len;
    const char *text = capture_text(c, &len);
    int rc = write_log(c, text + c->head.len, len - c->head.len);
    *begin = c->begin;
    *end = c->begin = c->size;
    buf_reset(&c->head);
    c->ring_at = 0;
    c->after_head = 0;
    return rc;
}

void capture_close(struct capture *c) {
    int64_t begin, end;
    if (!c)
        return;
    if (c->fd >= 0) {
        (void)capture_end(c, &begin, &end);
        close(c->fd);
    }
    buf_done(&c->head);
    buf_done(&c->text);
    free(c->ring);
    free(c->path);
    free(c);
}
