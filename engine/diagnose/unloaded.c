/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/unloaded.h"

#include <stdio.h>
#include <string.h>

#include "engine/check/fixture.h"

static bool is_refused(const char *text) {
    static const char other[] = "the reference: ", loading[] = "loading ";
    text += strncmp(text, other, sizeof(other) - 1) == 0 ? sizeof(other) - 1 : 0;
    return strncmp(text, loading, sizeof(loading) - 1) == 0;
}

static bool loads(const struct fixture *f) {
    for (size_t i = 0; i < fixture_count(f); i++) {
        const char *type = "";
        (void)json_opt_str(fixture_case(f, i), "type", &type);
        if (strcmp(type, "load_single") == 0)
            return true;
    }
    return false;
}

void unloaded_explain(struct diagnosis *d, const struct fixture *fixture, const char *text) {
    if (!is_refused(text) || loads(fixture))
        return;
    (void)snprintf(d->op, sizeof(d->op), "safetensors");
    diagnosis_say(d, "loading", "the checkpoint is refused: %s", text);
}
