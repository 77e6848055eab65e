/* SPDX-License-Identifier: Apache-2.0 */
/* file: map, read and replace whole files; a few path words.
 *
 * A replaced file is either the old one or the new one, never half of each, also after a power
 * cut: temporary file beside it, fsync, rename, fsync of the folder. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"

/* Owned bytes have as many zero bytes behind them, not counted: text may be looked at by the
 * word. */
enum { FILE_PADDING = 8, FILE_STREAM_MAX = 1 << 28 };

/* Which file it is and since when it is as it is. Whoever writes to a file moves the time of its
 * change, and cannot set it. */
struct file_id {
    uint64_t device, inode, size;
    int64_t modified_ns, changed_ns; /* since 1970 */
    uint32_t owner, mode;            /* user; permissions */
};

struct file {
    uint8_t *data;     /* mapped (NULL when size is 0) or owned */
    size_t size;       /* bytes */
    size_t room;       /* owned bytes in all; 0: mapped */
    struct file_id id; /* of what is mapped */
};

/* 0, ERR_NOTFOUND or ERR_IO. */
int file_identify(struct file_id *out, const char *path);
/* Maps read-only. 0, or ERR_NOTFOUND, or ERR_IO (the text names path): then out is zeroed. */
int file_map(struct file *out, const char *path);
/* Reads all of it into owned memory. 0, ERR_NOTFOUND, ERR_IO, or ERR_LIMIT when larger than max
 * bytes: then out is zeroed. What is no regular file may have no end, and of that
 * at most FILE_STREAM_MAX bytes are read. */
int file_read(struct file *out, const char *path, size_t max);
/* Owned memory with these bytes, as if a file held them; name is for the message. 0, ERR_NOMEM. */
int file_copy(struct file *out, const void *data, size_t size, const char *name);
void file_done(struct file *f); /* copes with a zeroed struct */
/* These bytes will hardly be read again: what of them is mapped leaves the process's memory, with
 * its neighbours on the same pages, and comes back from the file when it is read after all. Bytes
 * that are not the file's, or that it owns, stay. */
void file_forget(const struct file *f, const void *data, size_t size);

/* Writes all or nothing. 0 or ERR_IO; on failure the old file stands (the new one when only the
 * sync of the folder failed). Keeps the mode of the file it replaces. */
int file_replace(const char *path, const void *data, size_t size);
/* mkdir -p. 0 or ERR_IO. */
int file_make_dirs(const char *path);
bool file_exists(const char *path);
bool file_is_dir(const char *path);
/* Whether it is a regular file that begins with these bytes, at most 64. Waits for no pipe. */
bool file_begins(const char *path, const void *bytes, size_t size);

/* b := dir "/" name (name alone when dir is "" or name is absolute). Returns b->data. */
const char *file_join(struct buf *b, const char *dir, const char *name);
/* path without ".", ".." and doubled slashes, as what lies below a folder is named: "" is the
 * folder itself. malloc'd; NULL when it is absolute or climbs out. No link is looked at. */
char *file_below(const char *path);
/* Points into path, behind the last slash. */
const char *file_base_name(const char *path);
/* A plain file name: not empty, no slash, backslash, NUL or control byte, not "." or "..". */
bool file_is_plain_name(const char *name, size_t len);
