/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/fix/chat.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/log.h"
#include "engine/base/utf8.h"

enum { LINES = 10, BYTES = 2000 };

/* Where the last LINES lines begin, of BYTES at most. */
static size_t find_end(const char *text, size_t len) {
    size_t at = len, lines = 0;
    while (at && len - at < BYTES && lines < LINES) {
        at--;
        lines += at && text[at - 1] == '\n';
    }
    return at;
}

static void tame(char *text) {
    bool utf8 = utf8_valid(text, strlen(text), NULL);
    for (char *c = text; *c; c++) {
        unsigned char u = (unsigned char)*c, next = (unsigned char)c[1];
        if (u == 0xc2 && next >= 0x80 && next < 0xa0) /* U+0080–U+009F are controls, too */
            c[0] = c[1] = '?';
        if ((u < ' ' && u != '\t' && u != '\n') || u == 0x7f || (u >= 0x80 && !utf8))
            *c = '?';
    }
}

void chat_show_end(const char *path) {
    struct file file;
    char *saved = NULL;
    if (!file_exists(path) || file_map(&file, path) < 0)
        return;
    const char *text = (const char *)file.data;
    size_t len = file.size;
    while (len && text[len - 1] == '\n')
        len--;
    size_t from = find_end(text, len);
    char *end = xstrndup(text ? text + from : "", len - from);
    tame(end);
    if (*end)
        log_info("what it said last, all of it is in %s:", path);
    for (char *line = strtok_r(end, "\n", &saved); line; line = strtok_r(NULL, "\n", &saved))
        log_info("    %s", line);
    free(end);
    file_done(&file);
}
