/* SPDX-License-Identifier: Apache-2.0 */
/* peek: what a process that waits in a system call has asked, from its memory.
 *
 * What is read may be changed by another thread of it before the kernel reads it: it is good to
 * say what was tried, never to decide what may be. All of it is untrusted; texts are cut where they
 * are too long. pid may be a thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { PEEK_WORDS = 64, PEEK_TEXT = 16 << 10, PEEK_PATH = 4096 };

struct peek_words {
    const char *words[PEEK_WORDS];
    size_t len;
    char text[PEEK_TEXT];
};

/* At most size bytes from there on; how many it got. */
size_t peek_bytes(void *out, size_t size, pid_t pid, uint64_t at);
/* A text, cut to room; false when there is none. */
bool peek_text(char *out, size_t room, pid_t pid, uint64_t at);
/* A NULL-terminated array of texts, as of execve(2). */
void peek_words(struct peek_words *out, pid_t pid, uint64_t at);
/* The path that a call names, from the folder of a descriptor (AT_FDCWD: the current one):
 * absolute, without "." and "..", links as they are. False when it cannot be said. */
bool peek_path(char out[PEEK_PATH], pid_t pid, int folder, uint64_t at);
/* The last part of the program's path, "" when it is not known; printable. */
void peek_program(char *out, size_t room, pid_t pid);
