/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/policy/prefix.h"

#include <stddef.h>
#include <string.h>

bool prefix_is_plain(const char *path) {
    if (*path == '/' || *path == '\0' || strpbrk(path, "*?[\\") || strstr(path, "//"))
        return false;
    for (const char *part = path; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL) {
        size_t len = strcspn(part, "/");
        if ((len == 1 && part[0] == '.') || (len == 2 && strncmp(part, "..", 2) == 0))
            return false;
    }
    return true;
}
