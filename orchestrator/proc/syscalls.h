/* SPDX-License-Identifier: Apache-2.0 */
/* syscalls: what no command in a sandbox may ask of the kernel, as a seccomp filter.
 *
 * Refused are the calls that make namespaces and mounts, look into other processes, load code
 * into the kernel, open sockets, keep memory that no limit counts, or outlive the process. What is
 * refused fails with EPERM (ENOSYS where libraries have another way), so that programs say so. */
#pragma once

#include <stdbool.h>

/* Which calls for a network there are. */
enum syscalls_network {
    SYSCALLS_NO_NETWORK,
    SYSCALLS_TCP, /* sockets of TCP are allowed, for the door */
};

/* What is asked of a witness: these calls wait until it answers. */
struct syscalls_watch {
    enum syscalls_network network; /* sockets that this does not allow; with TCP, connecting too */
    bool ends;                     /* the end of a process, as long as it ends itself */
};

/* The filter as a program for bubblewrap, in a memory file that is inherited. watched: a witness
 * answers for sockets, so this must not. 0, ERR_UNSUPPORTED or ERR_IO. */
int syscalls_export(int *fd, enum syscalls_network network, bool watched);
/* Filters the calling process and all it becomes, for good. It sees the processes of others, so
 * that calls which change these are refused, too. Needs no_new_privs. */
int syscalls_load(enum syscalls_network network, bool watched);
/* The same for what a witness is asked: starting programs, sockets, opening for writing. *listener
 * is where the questions come; when the last that holds it is gone, what was asked fails with
 * ENOSYS. 0 or ERR_UNSUPPORTED. */
int syscalls_watch(int *listener, const struct syscalls_watch *watch);
