/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/format/aligned.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

void aligned_init(struct aligned *a, size_t count) {
    *a = (struct aligned){xcalloc(count ? count : 1, sizeof(*a->copies)), count};
}

void aligned_done(struct aligned *a) {
    for (size_t i = 0; i < a->count; i++)
        free(a->copies[i]);
    free(a->copies);
    *a = (struct aligned){0};
}

int aligned_get(struct aligned *a, size_t index, const void *bytes, size_t size, size_t align,
                void **out) {
    CHECK(index < a->count);
    if ((uintptr_t)bytes % align == 0) {
        memcpy(out, &bytes, sizeof(bytes)); /* struct tensor has one pointer for both uses */
        return 0;
    }
    if (!a->copies[index]) {
        a->copies[index] = malloc(size ? size : 1);
        if (!a->copies[index])
            return err_set(ERR_NOMEM, "no memory for %zu bytes", size);
        memcpy(a->copies[index], bytes, size);
    }
    *out = a->copies[index];
    return 0;
}
