/* SPDX-License-Identifier: Apache-2.0 */
/* aligned: bytes of a file at addresses that their type may be loaded from.
 *
 * What lies well is handed out where it lies; the rest is copied once, at the first request, and
 * lives until aligned_done(). One thread at a time. */
#pragma once

#include <stddef.h>

struct aligned {
    void **copies; /* [count], NULL until asked for */
    size_t count;
};

void aligned_init(struct aligned *a, size_t count);
void aligned_done(struct aligned *a); /* copes with a zeroed struct */
/* *out becomes the size bytes of item index at a multiple of align; read-only. 0 or ERR_NOMEM. */
int aligned_get(struct aligned *a, size_t index, const void *bytes, size_t size, size_t align,
                void **out);
