/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/mcp/address.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"

static const char scheme[] = "noctule://";
static const char unreserved[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

static int hex(char c) {
    static const char digits[] = "0123456789abcdefABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;
    int n = at ? (int)(at - digits) : -1;
    return n >= 16 ? n - 6 : n;
}

/* The part up to any of `stops`, decoded; NULL when it is no plain name. Returns where it ends. */
static const char *read_part(char *out, size_t size, const char *at, const char *stops) {
    size_t n = 0;
    while (*at && !strchr(stops, *at)) {
        int c = (unsigned char)*at, high = hex(at[1]);
        if (c == '%') {
            int low = high < 0 ? -1 : hex(at[2]);
            if (low < 0)
                return NULL;
            c = high * 16 + low;
            at += 2;
        }
        if (n + 1 >= size)
            return NULL;
        out[n++] = (char)c;
        at++;
    }
    out[n] = '\0';
    return file_is_plain_name(out, n) ? at : NULL;
}

static bool read_number(const char **at, const char *key, int64_t *out) {
    size_t len = strlen(key);
    char *end;
    if (strncmp(*at, key, len) != 0 || (*at)[len] < '0' || (*at)[len] > '9')
        return false;
    *out = strtoll(*at + len, &end, 10);
    *at = end;
    return true;
}

/* "?begin=B", "&end=E" or both; nothing behind. */
static bool read_range(struct address *a, const char *at) {
    if (*at == '?') {
        at++;
        bool begins = read_number(&at, "begin=", &a->begin);
        if (begins && *at == '&')
            at++;
        else if (begins && *at)
            return false;
        if (*at && !read_number(&at, "end=", &a->end))
            return false;
    }
    return *at == '\0';
}

int address_read(struct address *out, const char *uri) {
    *out = (struct address){.begin = 0, .end = -1};
    const char *at = strncmp(uri, scheme, strlen(scheme)) == 0 ? uri + strlen(scheme) : NULL;
    if (at)
        at = read_part(out->folder, sizeof(out->folder), at, "/?");
    bool logs = at && strcmp(out->folder, "logs") == 0;
    if (!logs && (!at || strcmp(out->folder, "ledger") != 0))
        return err_set(ERR_ARG, "Invalid params: addresses begin with noctule://ledger/ or "
                                "noctule://logs/");
    if (logs && *at == '/')
        at = read_part(out->run, sizeof(out->run), at + 1, "/?");
    if (at && *at == '/')
        at = read_part(out->name, sizeof(out->name), at + 1, "/?");
    else
        at = NULL;
    if (!at || !read_range(out, at))
        return err_set(ERR_ARG, "Invalid params: noctule://ledger/ENTRY.md or "
                                "noctule://logs/RUN/FILE?begin=B&end=E is wanted");
    return 0;
}

static void write_part(struct buf *out, const char *part) {
    for (; *part; part++) {
        if (strchr(unreserved, *part))
            buf_putc(out, *part);
        else
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)*part);
    }
}

void address_write(struct buf *out, const char *folder, const char *run, const char *name) {
    buf_printf(out, "%s%s/", scheme, folder);
    if (*run) {
        write_part(out, run);
        buf_putc(out, '/');
    }
    write_part(out, name);
}
