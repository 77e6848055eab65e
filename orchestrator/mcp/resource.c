/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/mcp/resource.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/mcp/address.h"
#include "orchestrator/proc/logfile.h"
#include "orchestrator/sweep/place.h"

static const char packed[] = ".zst";

static bool ends_with(const char *name, const char *end) {
    size_t len = strlen(name), n = strlen(end);
    return len > n && strcmp(name + len - n, end) == 0;
}

static const char *type_of(const char *name) {
    return ends_with(name, ".md")       ? "text/markdown"
           : ends_with(name, ".ndjson") ? "application/x-ndjson"
                                        : "text/plain";
}

/* What the path itself is: a link is none. */
static bool is_kind(const char *path, mode_t kind) {
    struct stat st;
    return lstat(path, &st) == 0 && (st.st_mode & S_IFMT) == kind;
}

/* A page while it is written. */
struct page {
    struct json_writer *w;
    size_t skip, left, seen;
    bool more;
};

static void put_row(struct page *p, const char *folder, const char *run, const char *name) {
    struct buf uri;
    p->seen++;
    if (p->seen <= p->skip)
        return;
    if (p->left == 0) {
        p->more = true;
        return;
    }
    p->left--;
    buf_init(&uri, 64 << 10);
    address_write(&uri, folder, run, name);
    json_open_object(p->w, NULL);
    json_put_str(p->w, "uri", uri.data);
    buf_reset(&uri);
    buf_printf(&uri, "%s%s%s", run, *run ? "/" : "", name);
    json_put_str(p->w, "name", uri.data);
    json_put_str(p->w, "mimeType", type_of(name));
    json_close_object(p->w);
    buf_done(&uri);
}

static int is_shown(const struct dirent *e) {
    return e->d_name[0] != '.';
}

static int newest_first(const struct dirent **a, const struct dirent **b) {
    return strcmp((*b)->d_name, (*a)->d_name);
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void free_names(struct dirent **names, int len) {
    for (int i = 0; i < len; i++)
        free(names[i]);
    free(names);
}

static void list_ledger(struct page *p, const char *folder) {
    struct dirent **names = NULL;
    int len = scandir(folder, &names, is_shown, newest_first);
    for (int i = 0; i < len; i++)
        if (ends_with(names[i]->d_name, ".md") && names[i]->d_name[0] >= '0' &&
            names[i]->d_name[0] <= '9')
            put_row(p, "ledger", "", names[i]->d_name);
    free_names(names, len);
}

static void list_run(struct page *p, struct arena *arena, const char *folder, const char *run) {
    struct dirent **names = NULL;
    int len = scandir(folder, &names, is_shown, by_name);
    for (int i = 0; i < len; i++) {
        char *name = names[i]->d_name;
        if (!is_kind(arena_printf(arena, "%s/%s", folder, name), S_IFREG))
            continue;
        if (ends_with(name, packed))
            name[strlen(name) - strlen(packed)] = '\0';
        if (ends_with(name, ".log") || ends_with(name, ".ndjson"))
            put_row(p, "logs", run, name);
    }
    free_names(names, len);
}

/* A run is a folder that holds a journal. */
static bool is_run(struct arena *arena, const char *folder) {
    return is_kind(folder, S_IFDIR) && file_exists(arena_printf(arena, "%s/events.ndjson", folder));
}

static void list_logs(struct page *p, struct place *place) {
    struct dirent **names = NULL;
    int len = scandir(place->logs, &names, is_shown, newest_first), runs = 0;
    for (int i = 0; i < len && runs < RESOURCE_RUNS_MAX; i++) {
        const char *folder = arena_printf(&place->arena, "%s/%s", place->logs, names[i]->d_name);
        if (!is_run(&place->arena, folder))
            continue;
        runs++;
        list_run(p, &place->arena, folder, names[i]->d_name);
    }
    free_names(names, len);
}

int resource_list(struct json_writer *w, const char *cursor) {
    struct page p = {.w = w, .left = RESOURCE_PAGE};
    struct place place = {.ledger = "", .logs = ""};
    char *end = NULL, next[32];
    errno = 0;
    p.skip = (size_t)strtoull(cursor, &end, 10);
    if (*cursor && (*cursor < '0' || *cursor > '9' || *end || errno))
        return err_set(ERR_ARG, "Invalid cursor");
    int rc = place_open(&place, NULL);
    if (rc < 0)
        return rc;
    json_open_array(w, "resources");
    list_ledger(&p, place.ledger);
    list_logs(&p, &place);
    json_close_array(w);
    if (p.more) {
        (void)snprintf(next, sizeof(next), "%zu", p.skip + RESOURCE_PAGE);
        json_put_str(w, "nextCursor", next);
    }
    place_close(&place);
    return 0;
}

static void put_template(struct json_writer *w, const char *uri, const char *name,
                         const char *about, const char *type) {
    json_open_object(w, NULL);
    json_put_str(w, "uriTemplate", uri);
    json_put_str(w, "name", name);
    json_put_str(w, "description", about);
    json_put_str(w, "mimeType", type);
    json_close_object(w);
}

void resource_list_templates(struct json_writer *w) {
    json_open_array(w, "resourceTemplates");
    put_template(w, "noctule://ledger/{entry}", "ledger",
                 "An entry of the ledger: what one run found, for people.", "text/markdown");
    put_template(w, "noctule://logs/{run}/{file}{?begin,end}", "logs",
                 "A log of a cell in a run, or bytes begin to end of it; also events.ndjson, the "
                 "run's journal.",
                 "text/plain");
    json_close_array(w);
}

/* Reads what the address means; no part of its path is a link. */
static int read_bytes(struct buf *out, struct place *p, const struct address *a) {
    bool ledger = strcmp(a->folder, "ledger") == 0;
    const char *folder = ledger ? p->ledger : arena_printf(&p->arena, "%s/%s", p->logs, a->run);
    const char *path = arena_printf(&p->arena, "%s/%s", folder, a->name);
    bool plain = is_kind(path, S_IFREG);
    bool there = is_kind(ledger ? p->ledger : p->logs, S_IFDIR) && is_kind(folder, S_IFDIR);
    bool known = ends_with(a->name, ledger ? ".md" : ".log") || ends_with(a->name, ".ndjson");
    if (!plain && !ledger && !file_exists(path))
        plain = is_kind(arena_printf(&p->arena, "%s%s", path, packed), S_IFREG);
    if (!there || !plain || !known)
        return err_set(ERR_NOTFOUND, "Resource not found");
    return logfile_read(out, path, a->begin, a->end);
}

int resource_read(struct json_writer *w, const char *uri) {
    struct address a;
    struct place place = {.ledger = "", .logs = ""};
    struct buf text;
    int rc = address_read(&a, uri);
    if (rc == 0)
        rc = place_open(&place, NULL);
    if (rc < 0)
        return rc;
    buf_init(&text, RESOURCE_BYTES_MAX);
    rc = read_bytes(&text, &place, &a);
    if (rc == 0 && text.over)
        rc = err_set(ERR_LIMIT, "%s holds more than %d bytes; ask for a part: ?begin=0&end=%d", uri,
                     RESOURCE_BYTES_MAX, RESOURCE_BYTES_MAX / 4);
    if (rc == 0) {
        json_open_array(w, "contents");
        json_open_object(w, NULL);
        json_put_str(w, "uri", uri);
        json_put_str(w, "mimeType", type_of(a.name));
        json_put_strn(w, "text", text.data, text.len);
        json_close_object(w);
        json_close_array(w);
    }
    buf_done(&text);
    place_close(&place);
    return rc;
}

void resource_address(struct buf *out, const char *log, int64_t begin, int64_t end) {
    char run[ADDRESS_NAME_MAX];
    const char *slash = strchr(log, '/');
    if (!slash || (size_t)(slash - log) >= sizeof(run))
        return;
    memcpy(run, log, (size_t)(slash - log));
    run[slash - log] = '\0';
    address_write(out, "logs", run, slash + 1);
    if (end > begin)
        buf_printf(out, "?begin=%lld&end=%lld", (long long)begin, (long long)end);
}
