/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/wording.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/git/handle.h"

enum { TEXT_MAX = 16 << 20, SHORT_ID = 12 };

/* A name alone: what may follow it, //IGNORE, has iconv pass over what it cannot read. */
static bool is_name(const char *encoding) {
    static const char signs[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:+";
    return *encoding && encoding[strspn(encoding, signs)] == '\0';
}

/* False where it stops short of the end. */
static bool convert(iconv_t how, char *in, size_t left, struct buf *out) {
    bool flushed = false;
    while (!flushed && out->len <= TEXT_MAX) {
        char piece[4096], *to = piece;
        size_t room = sizeof(piece);
        flushed = left == 0; /* the last call lets it write what it holds back */
        size_t got = iconv(how, flushed ? NULL : &in, &left, &to, &room);
        buf_add(out, piece, sizeof(piece) - room);
        if (got == (size_t)-1 && errno != E2BIG)
            return false;
    }
    return flushed;
}

static int recode(struct arena *arena, const char *encoding, const char **text, size_t *len) {
    struct buf out;
    iconv_t how = is_name(encoding) ? iconv_open("UTF-8", encoding) : (iconv_t)-1;
    if (how == (iconv_t)-1)
        return err_set(ERR_FORMAT, "nobody here knows the encoding \"%s\" of its message",
                       encoding);
    buf_init(&out, 2 * TEXT_MAX);
    bool whole = convert(how, arena_strndup(arena, *text, *len), *len, &out);
    int rc = whole ? buf_ok(&out, "the message")
                   : err_set(ERR_FORMAT, "its message is not in the encoding that it says, \"%s\"",
                             encoding);
    if (rc == 0) {
        *text = arena_strndup(arena, out.data, out.len);
        *len = out.len;
    }
    buf_done(&out);
    (void)iconv_close(how);
    return rc;
}

/* Behind the first empty line; libgit2's own copy ends at a NUL. */
static int read_raw(const struct commits *c, struct arena *arena, const git_oid *id,
                    const char **text, size_t *len) {
    git_odb_object *raw = NULL;
    if (git_odb_read(&raw, c->odb, id) != 0)
        return commits_fail(c, ERR_IO, "reading a commit");
    const char *all = git_odb_object_data(raw);
    size_t size = git_odb_object_size(raw);
    const char *gap = memmem(all, size, "\n\n", 2);
    size_t from = gap ? (size_t)(gap - all) + 2 : size;
    *len = size - from;
    *text = arena_strndup(arena, all + from, *len);
    git_odb_object_free(raw);
    return 0;
}

int wording_read(const struct commits *c, struct arena *arena, const git_commit *commit,
                 const char **text, size_t *len) {
    git_buf encoding = {0};
    int rc = read_raw(c, arena, git_commit_id(commit), text, len);
    /* The first that it says, as git has it. */
    if (rc == 0 && git_commit_header_field(&encoding, commit, "encoding") == 0 &&
        strcasecmp(encoding.ptr, "UTF-8") != 0 && strcasecmp(encoding.ptr, "utf8") != 0)
        rc = recode(arena, encoding.ptr, text, len);
    if (rc == ERR_FORMAT) {
        char hex[GIT_OID_HEXSZ + 1];
        rc = err_while(rc, "reading %.*s", SHORT_ID,
                       git_oid_tostr(hex, sizeof(hex), git_commit_id(commit)));
    }
    git_buf_dispose(&encoding);
    return rc;
}
