/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/refusal.h"

#include <string.h>

enum op refusal_op(const char *text) {
    const char *of = strstr(text, " of "), *word = of;
    while (word && word > text && word[-1] != ' ') /* "the reference: kv_store of …" */
        word--;
    for (int op = 0; of && op < OP_COUNT; op++) {
        const char *name = op_name((enum op)op);
        bool first = word - text < 2 || word[-2] == ':';
        if (first && strlen(name) == (size_t)(of - word) && strncmp(name, word, strlen(name)) == 0)
            return (enum op)op;
    }
    return OP_COUNT;
}

enum stage refusal_stage(const char *text) {
    const char *of = strstr(text, " of ");
    for (int stage = STAGE_NONE + 1; of && stage < STAGE_COUNT; stage++) {
        const char *name = stage_name((enum stage)stage);
        if (strncmp(of + 4, name, strlen(name)) == 0 && of[4 + strlen(name)] == ',')
            return (enum stage)stage;
    }
    return STAGE_NONE;
}
