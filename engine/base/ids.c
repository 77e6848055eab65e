/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/ids.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

int64_t ids_parse(int32_t **out, const char *text) {
    int32_t *ids = xcalloc(strlen(text) + 1, sizeof(*ids));
    int64_t len = 0;
    while (*(text += strspn(text, " ,\t\r\n[]"))) {
        char *end;
        errno = 0;
        long id = strtol(text, &end, 10);
        if (end == text || errno || id < 0 || id > INT32_MAX) {
            free(ids);
            return err_set(ERR_ARG, "\"%.20s\" is no token id", text);
        }
        ids[len++] = (int32_t)id;
        text = end;
    }
    *out = ids;
    return len;
}
