/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/triage/wildcard.h"

#include <fnmatch.h>
#include <string.h>

bool wildcard_matches(const char *pattern, const char *name) {
    return strcmp(pattern, name) == 0 || fnmatch(pattern, name, 0) == 0;
}

bool wildcard_any(const char *const *patterns, size_t len, const char *name) {
    for (size_t i = 0; i < len; i++)
        if (wildcard_matches(patterns[i], name))
            return true;
    return false;
}
