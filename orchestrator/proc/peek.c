/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/peek.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PAGE = 4096, PROC_PATH = 64 };

/* Page by page: the last one that is there may not be the last one that was asked for. */
size_t peek_bytes(void *out, size_t size, pid_t pid, uint64_t at) {
    size_t done = 0;
    while (done < size) {
        size_t part = PAGE - (size_t)((at + done) % PAGE);
        if (part > size - done)
            part = size - done;
        struct iovec to = {(char *)out + done, part};
        struct iovec from = {(void *)(uintptr_t)(at + done), part};
        ssize_t n = process_vm_readv(pid, &to, 1, &from, 1, 0);
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    return done;
}

bool peek_text(char *out, size_t room, pid_t pid, uint64_t at) {
    size_t done = 0;
    *out = '\0';
    while (at && done + 1 < room) {
        size_t part = PAGE - (size_t)((at + done) % PAGE);
        if (part > room - 1 - done)
            part = room - 1 - done;
        size_t n = peek_bytes(out + done, part, pid, at + done);
        if (n == 0)
            break;
        if (memchr(out + done, '\0', n))
            return true;
        done += n;
    }
    out[done] = '\0';
    return done > 0;
}

void peek_words(struct peek_words *out, pid_t pid, uint64_t at) {
    uint64_t places[PEEK_WORDS];
    size_t count = at ? peek_bytes(places, sizeof(places), pid, at) / sizeof(*places) : 0;
    size_t used = 0;
    out->len = 0;
    for (size_t i = 0; i < count && places[i] && used + 1 < sizeof(out->text); i++) {
        /* A long word leaves room for those behind it. */
        size_t room = sizeof(out->text) - used;
        room = room > PEEK_TEXT / 4 ? PEEK_TEXT / 4 : room;
        (void)peek_text(out->text + used, room, pid, places[i]);
        out->words[out->len++] = out->text + used;
        used += strlen(out->text + used) + 1;
    }
}

/* In place. The kernel follows links before "..", this does not. */
static void simplify(char *path) {
    char *to = path;
    for (const char *from = path; *from;) {
        size_t len = strcspn(from + 1, "/") + 1; /* "/part" */
        if (len == 1 || (len == 2 && from[1] == '.')) {
            /* nothing, or here */
        } else if (len == 3 && from[1] == '.' && from[2] == '.') {
            while (to > path && *--to != '/') {
            }
        } else {
            memmove(to, from, len);
            to += len;
        }
        from += len;
    }
    if (to == path)
        *to++ = '/';
    *to = '\0';
}

bool peek_path(char out[PEEK_PATH], pid_t pid, int folder, uint64_t at) {
    char name[PEEK_PATH], link[PROC_PATH];
    if (!peek_text(name, sizeof(name), pid, at) || !*name)
        return false;
    size_t len = 0;
    if (*name != '/') {
        if (folder == AT_FDCWD)
            (void)snprintf(link, sizeof(link), "/proc/%d/cwd", (int)pid);
        else
            (void)snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)pid, folder);
        ssize_t n = readlink(link, out, PEEK_PATH - 1);
        if (n <= 0 || out[0] != '/')
            return false;
        len = (size_t)n;
    }
    if (len + 1 + strlen(name) >= PEEK_PATH)
        return false;
    if (len)
        out[len++] = '/';
    memcpy(out + len, name, strlen(name) + 1);
    simplify(out);
    return true;
}

void peek_program(char *out, size_t room, pid_t pid) {
    char exe[PROC_PATH], full[PEEK_PATH];
    (void)snprintf(exe, sizeof(exe), "/proc/%d/exe", (int)pid);
    ssize_t n = readlink(exe, full, sizeof(full) - 1);
    full[n > 0 ? n : 0] = '\0';
    const char *slash = strrchr(full, '/');
    (void)snprintf(out, room, "%s", slash ? slash + 1 : full);
    for (char *p = out; *p; p++)
        if (*p < ' ' || *p >= 0x7f)
            *p = '?';
}
