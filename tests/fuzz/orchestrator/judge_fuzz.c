/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a command line. What is let through is quoted anew and judged again: it must be
 * the same words and be let through again, so nothing was passed over. */
#include <stdint.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/shell/judge.h"
#include "orchestrator/shell/line.h"
#include "orchestrator/shell/scope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void quote(struct buf *out, const char *word) {
    buf_putc(out, '\'');
    for (const char *p = word; *p; p++)
        buf_puts(out, *p == '\'' ? "'\"'\"'" : (char[]){*p, '\0'});
    buf_puts(out, "' ");
}

static void quote_line(struct buf *out, const struct line *line) {
    static const char *const joins[] = {"", "; ", "&& ", "|| ", "| "};
    for (size_t i = 0; i < line->len; i++) {
        const struct line_command *c = &line->commands[i];
        for (size_t k = 0; k < c->argc; k++)
            quote(out, c->argv[k]);
        for (size_t k = 0; k < c->redirect_count; k++) {
            buf_puts(out, c->redirects[k].write ? ">" : "<");
            quote(out, c->redirects[k].path);
        }
        buf_puts(out, joins[c->join]);
    }
}

static void check_same(const struct line *a, const struct line *b) {
    CHECK(a->len == b->len);
    for (size_t i = 0; i < a->len; i++) {
        CHECK(a->commands[i].argc == b->commands[i].argc && a->commands[i].argc > 0);
        CHECK(a->commands[i].redirect_count == b->commands[i].redirect_count);
        CHECK(a->commands[i].join == b->commands[i].join);
        for (size_t k = 0; k < a->commands[i].argc; k++)
            CHECK(strcmp(a->commands[i].argv[k], b->commands[i].argv[k]) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct scope names = {.root = "/tree", .cwd = "/tree/sub", .lexical = true};
    struct arena arena;
    struct line line, again;
    struct buf text;
    arena_init(&arena, 0);
    buf_init(&text, 1 << 20);
    if (size < LINE_BYTES_MAX / 8 && line_parse(&line, &arena, (const char *)data, size) == 0) {
        int before = judge_line(ALLOW_EDIT, &names, (const char *)data, size);
        quote_line(&text, &line);
        CHECK(line_parse(&again, &arena, text.data, text.len) == 0);
        check_same(&line, &again);
        CHECK(judge_line(ALLOW_EDIT, &names, text.data, text.len) == before);
        /* Less is allowed at a lower level, never more. */
        CHECK(before == 0 || judge_line(ALLOW_READ, &names, text.data, text.len) < 0);
    }
    buf_done(&text);
    arena_done(&arena);
    return 0;
}
