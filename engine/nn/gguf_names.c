/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/gguf_names.h"

#include <stdio.h>
#include <string.h>

#include "engine/nn/arch.h"

static size_t stem_len(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot ? (size_t)(dot - name) : strlen(name);
}

const struct gguf_name *gguf_name_find(const struct arch *a, const char *name) {
    size_t len = stem_len(name);
    for (; a; a = a->base)
        for (const struct gguf_name *row = a->gguf; row && row->name; row++)
            if (strncmp(row->name, name, len) == 0 && row->name[len] == 0)
                return row;
    return NULL;
}

void gguf_name_write(char *out, size_t size, const struct arch *a, const char *prefix,
                     const char *name) {
    const struct gguf_name *row = gguf_name_find(a, name);
    if (row)
        (void)snprintf(out, size, "%s%s%s", prefix, row->gguf, name + stem_len(name));
    else
        (void)snprintf(out, size, "%s%s", prefix, name);
}
