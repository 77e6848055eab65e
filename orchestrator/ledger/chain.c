/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/ledger/chain.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"

#define PREVIOUS_LINE "previous "
#define HASH_LINE     "hash     "
#define FIRST         "none"

/* "0007-2026-11-21-a1b2c3.md" → 7; 0 for what is no entry (README.md). */
static int entry_number(const char *name) {
    size_t len = strlen(name);
    char *end;
    if (!isdigit((unsigned char)name[0]) || len < 4 || strcmp(name + len - 3, ".md") != 0)
        return 0;
    long n = strtol(name, &end, 10);
    return *end == '-' && n > 0 && n <= CHAIN_NUMBER_MAX ? (int)n : 0;
}

static int by_number(const void *a, const void *b) {
    const struct chain_entry *x = a;
    const struct chain_entry *y = b;
    return x->number != y->number ? x->number - y->number : strcmp(x->name, y->name);
}

static int list_entries(struct chain *out, const char *folder) {
    DIR *dir = opendir(folder);
    if (!dir)
        return errno == ENOENT ? 0 : err_errno(ERR_IO, "opening %s", folder);
    for (struct dirent *e; (e = readdir(dir));) {
        int number = entry_number(e->d_name);
        if (number == 0)
            continue;
        out->entries = xrealloc(out->entries, (out->len + 1) * sizeof(*out->entries));
        memset(&out->entries[out->len], 0, sizeof(*out->entries));
        out->entries[out->len].name = xstrdup(e->d_name);
        out->entries[out->len++].number = number;
    }
    closedir(dir);
    if (out->len)
        qsort(out->entries, out->len, sizeof(*out->entries), by_number);
    return 0;
}

/* The first line that begins with prefix, or NULL: what people write comes below it. */
static char *line_with(char *text, const char *prefix) {
    char *line = text;
    while (line && strncmp(line, prefix, strlen(prefix)) != 0) {
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    return line;
}

/* Copies the word behind a prefix; false when it is no hash and not "none". */
static bool take_hash(char out[HASH_HEX_SIZE], const char *s) {
    size_t len = strcspn(s, "\n");
    bool ok = len == HASH_HEX_SIZE - 1 && strspn(s, "0123456789abcdef") == len;
    if (!ok && !(len == strlen(FIRST) && strncmp(s, FIRST, len) == 0))
        return false;
    memcpy(out, s, len);
    out[len] = '\0';
    return true;
}

/* The sentence that says what is wrong with an entry's own text, or NULL. */
static const char *self_fault(struct chain_entry *e) {
    char actual[HASH_HEX_SIZE];
    char *hash = line_with(e->text, HASH_LINE);
    char *previous = line_with(e->text, PREVIOUS_LINE);
    if (!hash || !previous || previous > hash)
        return "it has no chain lines";
    if (!take_hash(e->hash, hash + strlen(HASH_LINE)) ||
        !take_hash(e->previous, previous + strlen(PREVIOUS_LINE)))
        return "its chain lines hold no hash";
    hash_bytes(e->text, (size_t)(hash - e->text), actual);
    *previous = '\0'; /* what remains is what the index can be asked about */
    return strcmp(actual, e->hash) == 0 ? NULL : "its text was changed after it was written";
}

static const char *link_fault(const struct chain *c, size_t i) {
    const char *before = i ? c->entries[i - 1].hash : FIRST;
    if (i && c->entries[i].number == c->entries[i - 1].number)
        return "another entry has the same number";
    if (c->entries[i].number != (i ? c->entries[i - 1].number + 1 : 1))
        return "the entry before it is missing";
    return strcmp(c->entries[i].previous, before) == 0 ? NULL
                                                       : "it does not follow the entry before it";
}

static int read_entry(struct chain *c, size_t i, const char *folder) {
    struct chain_entry *e = &c->entries[i];
    struct buf path;
    struct file file = {0};
    buf_init(&path, 4096);
    int rc = file_read(&file, file_join(&path, folder, e->name), CHAIN_ENTRY_MAX);
    if (rc == 0) {
        e->text = xstrndup(file.data ? (const char *)file.data : "", file.size);
        const char *fault = self_fault(e);
        if (!fault)
            fault = link_fault(c, i);
        if (fault) {
            e->fault = xstrdup(fault);
            c->faults++;
        }
    }
    file_done(&file);
    buf_done(&path);
    return rc;
}

int chain_read(struct chain *out, const char *folder) {
    struct chain c = {0};
    int rc = list_entries(&c, folder);
    for (size_t i = 0; i < c.len && rc == 0; i++)
        rc = read_entry(&c, i, folder);
    if (rc < 0) {
        chain_done(&c);
        return rc;
    }
    *out = c;
    return 0;
}

void chain_done(struct chain *c) {
    for (size_t i = 0; i < c->len; i++) {
        free(c->entries[i].name);
        free(c->entries[i].fault);
        free(c->entries[i].text);
    }
    free(c->entries);
    memset(c, 0, sizeof(*c));
}

static int write_entry(const struct chain *c, const char *folder, const char *slug,
                       const char *text, const char *below, struct buf *path_out) {
    char name[256], hash[HASH_HEX_SIZE];
    struct buf b;
    (void)snprintf(name, sizeof(name), "%04d-%s.md", c->len ? c->entries[c->len - 1].number + 1 : 1,
                   slug);
    buf_init(&b, CHAIN_ENTRY_MAX);
    buf_printf(&b, "%s" PREVIOUS_LINE "%s\n", text, c->len ? c->entries[c->len - 1].hash : FIRST);
    hash_bytes(b.data, b.len, hash);
    buf_printf(&b, HASH_LINE "%s\n%s", hash, below);
    int rc = buf_ok(&b, "a ledger entry");
    if (rc == 0)
        rc = file_make_dirs(folder);
    if (rc == 0)
        rc = file_replace(file_join(path_out, folder, name), b.data, b.len);
    buf_done(&b);
    return rc;
}

int chain_append(const char *folder, const char *slug, const char *text, const char *below,
                 struct buf *path_out) {
    struct chain c = {0};
    int rc = chain_read(&c, folder);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < c.len && rc == 0; i++)
        if (c.entries[i].fault)
            rc = err_set(ERR_FORMAT, "%s/%s: %s; nothing is appended to a broken ledger", folder,
                         c.entries[i].name, c.entries[i].fault);
    if (rc == 0)
        rc = write_entry(&c, folder, slug, text, below, path_out);
    chain_done(&c);
    return rc;
}
