/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/hook/record.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/file.h"

enum { LINE_MAX_BYTES = 8 << 10, WHY_MAX = 1000, LOG_MAX = 256 << 20 };
static const char first[] = "none";
static const char key[] = ",\"hash\":\"";
enum { KEY = sizeof(key) - 1, TAIL = KEY + HASH_HEX_SIZE - 1 + 2 /* a quote and a brace */ };

/* The digits of a whole line (without its newline), or NULL. */
static const char *hash_of(const char *line, size_t len) {
    return len > TAIL && memcmp(line + len - TAIL, key, KEY) == 0 ? line + len - TAIL + KEY : NULL;
}

/* Of the last line; "none" in an empty file. */
static int last_hash(int fd, char out[HASH_HEX_SIZE]) {
    char tail[LINE_MAX_BYTES + 1];
    struct stat st;
    memcpy(out, first, sizeof(first));
    if (fstat(fd, &st) != 0)
        return err_errno(ERR_IO, "cannot look at the log of hooks");
    if (st.st_size == 0)
        return 0;
    off_t from = st.st_size > LINE_MAX_BYTES ? st.st_size - LINE_MAX_BYTES : 0;
    ssize_t n = pread(fd, tail, LINE_MAX_BYTES, from);
    const char *digits = n > 1 && tail[n - 1] == '\n' ? hash_of(tail, (size_t)n - 1) : NULL;
    if (!digits)
        return err_set(ERR_FORMAT, "the log of hooks does not end in a whole line");
    memcpy(out, digits, HASH_HEX_SIZE - 1);
    out[HASH_HEX_SIZE - 1] = '\0';
    return 0;
}

/* Cut where a character begins. */
static size_t shortened(const char *text) {
    size_t len = strnlen(text, WHY_MAX);
    while (text[len] && len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
        len--;
    return len;
}

static void write_line(struct buf *out, const struct record *r, const char *previous) {
    char iso[CLOCK_ISO_SIZE], hash[HASH_HEX_SIZE];
    struct json_writer w;
    int64_t at = r->at_ms ? r->at_ms : clock_wall_ms();
    json_writer_init(&w, out, 0);
    json_open_object(&w, NULL);
    json_put_str(&w, "at", clock_iso(at, iso));
    json_put_int(&w, "at_ms", at);
    json_put_str(&w, "event", r->event);
    json_put_str(&w, "dialect", r->dialect);
    json_put_str(&w, "tool", r->tool);
    json_put_str(&w, "decision", r->decision);
    json_put_strn(&w, "why", r->why, shortened(r->why));
    json_put_str(&w, "input", r->input);
    json_put_real(&w, "took_ms", r->took_ms);
    json_put_int(&w, "pid", getpid());
    json_put_str(&w, "previous", previous);
    json_close_object(&w);
    out->data[--out->len] = '\0'; /* the brace: the hash is of all before it */
    buf_printf(out, "%s%s\"}\n", key, hash_bytes(out->data, out->len, hash));
}

static int append_locked(int fd, const struct record *r) {
    char previous[HASH_HEX_SIZE];
    struct buf line;
    int rc = last_hash(fd, previous);
    if (rc < 0)
        return rc;
    buf_init(&line, LINE_MAX_BYTES);
    write_line(&line, r, previous);
    rc = buf_ok(&line, "a line of the log of hooks");
    if (rc == 0 && (write(fd, line.data, line.len) != (ssize_t)line.len || fdatasync(fd) != 0))
        rc = err_errno(ERR_IO, "cannot write the log of hooks");
    buf_done(&line);
    return rc;
}

int record_append(const char *path, const struct record *r) {
    struct buf folder;
    int rc = 0;
    buf_init(&folder, 8192);
    buf_add(&folder, path, (size_t)(file_base_name(path) - path));
    if (folder.len > 1)
        rc = file_make_dirs(folder.data);
    buf_done(&folder);
    if (rc < 0)
        return rc;
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0 || flock(fd, LOCK_EX) != 0)
        rc = err_errno(ERR_IO, "cannot open %s", path);
    if (rc == 0)
        rc = append_locked(fd, r);
    if (fd >= 0)
        close(fd);
    return rc < 0 ? err_while(rc, "%s", path) : 0;
}

static bool is_word(struct json v, const char *name, const char *want) {
    const char *got = "";
    return !want || (json_opt_str(v, name, &got) == 0 && strcmp(got, want) == 0);
}

static bool fits(const struct record_query *q, struct json v) {
    int64_t at = 0;
    return is_word(v, "event", q->event) && is_word(v, "dialect", q->dialect) &&
           is_word(v, "decision", q->decision) && is_word(v, "input", q->input) &&
           json_opt_int(v, "at_ms", 0, INT64_MAX, &at) == 0 && at >= q->since_ms;
}

/* Whether line [len] holds what its hash says, and follows previous, which becomes its hash. */
static bool follows(const char *line, size_t len, struct json v, char previous[HASH_HEX_SIZE]) {
    char hash[HASH_HEX_SIZE];
    const char *digits = hash_of(line, len);
    if (!digits || !is_word(v, "previous", previous))
        return false;
    (void)hash_bytes(line, len - TAIL, hash);
    memcpy(previous, hash, sizeof(hash));
    return memcmp(hash, digits, HASH_HEX_SIZE - 1) == 0;
}

int record_ask(const char *path, const struct record_query *q, record_fn *fn, void *arg,
               size_t *found) {
    struct file f;
    char previous[HASH_HEX_SIZE];
    int rc = file_read(&f, path, LOG_MAX);
    size_t number = 0;
    *found = 0;
    if (rc < 0)
        return rc;
    memcpy(previous, first, sizeof(first));
    for (char *at = (char *)f.data, *end = at + f.size; rc == 0 && at < end; number++) {
        char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((stop ? stop : end) - at);
        struct json_doc *doc = NULL;
        if (json_parse(&doc, at, len, path, 0) < 0 || !stop ||
            !follows(at, len, json_root(doc), previous))
            rc = err_set(ERR_FORMAT, "%s: line %zu does not follow the one before it", path,
                         number + 1);
        else if (fits(q, json_root(doc))) {
            *stop = '\0';
            (*found)++;
            fn(arg, at, json_root(doc));
        }
        json_free(doc);
        at += len + 1;
    }
    file_done(&f);
    return rc;
}
