/* SPDX-License-Identifier: Apache-2.0 */
/* cores: the processors that this thread may run on, and binding threads to them. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

enum { CORES_MAX = 1024 }; /* more than any machine we know has */

/* How many the calling thread may use, which in a container is fewer than the machine has; ≥ 1. */
int cores_count(void);
/* Their numbers, at most CORES_MAX, and how many they are (0: the system does not tell). Of those
 * that share a physical core one comes first, and the others come behind all such. */
int cores_list(int out[CORES_MAX]);
/* Binds a thread to one processor. 0 or ERR_UNSUPPORTED with the system's reason. */
int cores_bind(pthread_t thread, int core);
/* The same for the calling thread, which cores_release() then lets run where it could before. */
int cores_bind_self(int core);
void cores_release(void);
/* Threads made with these attributes run wherever this thread could before it was bound. Does
 * nothing unless it is. */
void cores_free_child(pthread_attr_t *attributes);
