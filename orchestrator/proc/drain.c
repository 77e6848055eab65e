/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/drain.h"

#include <errno.h>
#include <unistd.h>

enum { CHUNK = 64 << 10 };

bool drain(int fd, drain_sink *sink, void *arg) {
    char chunk[CHUNK];
    for (int i = 0; i < DRAIN_TURN / CHUNK; i++) {
        ssize_t n = read(fd, chunk, sizeof(chunk));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return true;
        if (n <= 0)
            return false;
        sink(arg, chunk, (size_t)n);
    }
    return true;
}
