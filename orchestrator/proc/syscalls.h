/* SPDX-License-Identifier: Apache-2.0 */
/* syscalls: what no command in a sandbox may ask of the kernel, as a seccomp filter.
 *
 * Refused are the calls that make namespaces and mounts, look into other processes, load code
 * into the kernel, open sockets, keep memory that no limit counts, or outlive the process. What is
 * refused fails with EPERM (ENOSYS where libraries have another way), so that programs say so. */
#pragma once

#include <stdbool.h>

/* The filter as a program for bubblewrap, in a memory file that is inherited. tcp: sockets of
 * TCP are allowed, for the door. 0, ERR_UNSUPPORTED or ERR_IO. */
int syscalls_export(int *fd, bool tcp);
/* Filters the calling process and all it becomes, for good. Needs no_new_privs. */
int syscalls_load(bool tcp);
