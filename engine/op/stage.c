/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/op/stage.h"

#include <string.h>

#include "engine/base/err.h"

static const char *const names[STAGE_COUNT] = {"",
#define X(name, text) text,
                                               STAGE_MAP(X)
#undef X
};

const char *stage_name(enum stage stage) {
    CHECK(stage < STAGE_COUNT);
    return names[stage];
}

bool stage_parse(enum stage *out, const char *name) {
    for (int i = STAGE_NONE + 1; i < STAGE_COUNT; i++)
        if (strcmp(names[i], name) == 0)
            return *out = (enum stage)i, true;
    return false;
}
