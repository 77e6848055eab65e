/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trace/tolerance.h"

#include <stddef.h>
#include <string.h>

const struct tolerance tolerance_exact = {"X", true, 0, 0, 0};
const struct tolerance tolerance_element = {"E", false, 1e-12, 1e-5, 1e-5};
const struct tolerance tolerance_product = {"E", false, 1e-11, 3e-5, 1e-5};
const struct tolerance tolerance_final = {"F", false, 1e-10, 2e-4, 1e-5};
const struct tolerance tolerance_self = {"S", false, 1e-10, 1e-4, 1e-5};

const struct tolerance tolerance_deep = {"D", false, 1e-7, 5e-3, 1e-3};
const struct tolerance tolerance_native_f16 = {"N f16", false, 5e-5, 5e-2, 1e-2};
const struct tolerance tolerance_native_bf16 = {"N bf16", false, 2e-3, 0.5, 3e-2};
const struct tolerance tolerance_native_q8 = {"N q8", false, 5e-4, 0.5, 3e-2};

static const struct tolerance layer_0 = {"L", false, 2e-11, 1e-4, 1e-5};

struct tolerance tolerance_layer(int i) {
    struct tolerance t = layer_0;
    t.nmse *= 1 + i;
    if (t.nmse > 1e-10)
        t.nmse = 1e-10;
    return t;
}

static const struct {
    const char *letter;
    const struct tolerance *tolerance;
} letters[] = {
    {"X", &tolerance_exact    },
    {"E", &tolerance_product  },
    {"L", &layer_0            },
    {"F", &tolerance_final    },
    {"S", &tolerance_self     },
    {"G", &tolerance_final    },
    {"Q", &tolerance_native_q8},
};

const struct tolerance *tolerance_find(const char *letter) {
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
        if (strcmp(letters[i].letter, letter) == 0)
            return letters[i].tolerance;
    return NULL;
}

const struct tolerance *tolerance_find_any(const char *name) {
    if (strcmp(name, "D") == 0)
        return &tolerance_deep;
    if (strcmp(name, "f16") == 0)
        return &tolerance_native_f16;
    if (strcmp(name, "bf16") == 0)
        return &tolerance_native_bf16;
    return strcmp(name, "q8") == 0 ? &tolerance_native_q8 : tolerance_find(name);
}
