/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/order.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "orchestrator/sweep/journal.h"

/* The last line of a journal that is finished is much shorter. */
enum { PATH_BYTES_MAX = 64 << 10, TAIL_BYTES = 8 << 10 };

struct found {
    char *name, *reference; /* reference: NULL = none, or not finished */
    bool placed;
};

/* A run is a folder with a journal in it. */
static bool is_run(const char *logs, const char *name, struct buf *path) {
    buf_reset(path);
    buf_printf(path, "%s/%s/events.ndjson", logs, name);
    return name[0] != '.' && file_exists(path->data);
}

static int on_line(void *arg, const char *line, size_t len, int64_t next) {
    static const char finished[] = "{\"event\":\"finished\"";
    struct found *f = arg;
    struct json_doc *doc;
    const char *reference = "";
    (void)next;
    if (len < sizeof(finished) || memcmp(line, finished, sizeof(finished) - 1) != 0 ||
        json_parse(&doc, line, len, "the journal", 0) < 0)
        return 0;
    if (json_opt_str(json_root(doc), "reference", &reference) == 0 && *reference && !f->reference)
        f->reference = xstrdup(reference);
    json_free(doc);
    return 0;
}

static void read_reference(struct found *f, const char *path) {
    struct stat st;
    if (stat(path, &st) != 0)
        return;
    int64_t from = st.st_size > TAIL_BYTES ? st.st_size - TAIL_BYTES : 0;
    (void)journal_read(path, from, on_line, f); /* who reads all of it says what is wrong */
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct found *)a)->name, ((const struct found *)b)->name);
}

static struct found *find(struct found *all, size_t len, char *name) {
    const struct found wanted = {.name = name};
    return name ? bsearch(&wanted, all, len, sizeof(*all), by_name) : NULL;
}

/* What it was compared with first; a circle, which no sweep makes, is entered anywhere. */
static void place(struct order *out, struct found *all, size_t len, struct found *f) {
    while (!f->placed) {
        struct found *next = f;
        for (size_t steps = 0; steps < len; steps++) {
            struct found *before = find(all, len, next->reference);
            if (!before || before->placed)
                break;
            next = before;
        }
        next->placed = true;
        out->names[out->len++] = next->name;
    }
}

static int list(const char *logs, struct found **out, size_t *len) {
    struct dirent **entries = NULL;
    struct buf path;
    int count = scandir(logs, &entries, NULL, NULL);
    if (count < 0)
        return file_exists(logs) ? err_errno(ERR_IO, "cannot read the folder %s", logs) : 0;
    *out = xcalloc((size_t)count + 1, sizeof(**out));
    buf_init(&path, PATH_BYTES_MAX);
    for (int i = 0; i < count; i++) {
        if (is_run(logs, entries[i]->d_name, &path)) {
            struct found *f = &(*out)[(*len)++];
            f->name = xstrdup(entries[i]->d_name);
            read_reference(f, path.data);
        }
        free(entries[i]);
    }
    free(entries);
    buf_done(&path);
    return 0;
}

int order_read(struct order *out, const char *logs) {
    struct found *all = NULL;
    size_t len = 0;
    *out = (struct order){.len = 0};
    int rc = list(logs, &all, &len);
    if (rc != 0 || !all)
        return rc;
    qsort(all, len, sizeof(*all), by_name);
    out->names = xcalloc(len + 1, sizeof(*out->names));
    for (size_t i = 0; i < len; i++)
        place(out, all, len, &all[i]);
    for (size_t i = 0; i < len; i++)
        free(all[i].reference);
    free(all);
    return 0;
}

void order_done(struct order *o) {
    for (size_t i = 0; i < o->len; i++)
        free(o->names[i]);
    free(o->names);
    *o = (struct order){.len = 0};
}
