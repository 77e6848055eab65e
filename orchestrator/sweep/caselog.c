/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/caselog.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/proc/logfile.h"

enum { LOG_MAX = 256 << 20, PATH_BYTES_MAX = 64 << 10 };

void caselog_init(struct caselog *c, const char *logs) {
    *c = (struct caselog){.logs = logs};
    buf_init(&c->text, LOG_MAX);
}

void caselog_done(struct caselog *c) {
    buf_done(&c->text);
    free(c->name);
    *c = (struct caselog){0};
}

/* Names come from journals, which may be anybody's. */
static bool is_below(const char *path) {
    if (!*path)
        return false;
    while (*path) {
        size_t len = strcspn(path, "/");
        if (!file_is_plain_name(path, len))
            return false;
        path += len;
        if (*path == '/' && !*++path)
            return false;
    }
    return true;
}

static int load(struct caselog *c, const char *log) {
    struct buf path;
    free(c->name);
    c->name = xstrdup(log);
    buf_reset(&c->text);
    if (!is_below(log))
        return err_set(ERR_FORMAT, "\"%.100s\" is no log below the logs", log);
    buf_init(&path, PATH_BYTES_MAX);
    int rc = logfile_read(&c->text, file_join(&path, c->logs, log), 0, -1);
    buf_done(&path);
    return rc;
}

int caselog_read(struct caselog *c, const char *log, int64_t begin, int64_t end, const char **text,
                 size_t *len) {
    if (!c->name || strcmp(c->name, log) != 0)
        c->rc = load(c, log);
    if (c->rc < 0)
        return err_set(c->rc, "the log %s cannot be read any more", log);
    if (end < 0)
        end = (int64_t)c->text.len;
    if (begin < 0 || end < begin || (size_t)end > c->text.len)
        return err_set(ERR_NOTFOUND, "the log %s is shorter than it was", log);
    *text = c->text.data + begin;
    *len = (size_t)(end - begin);
    return 0;
}
