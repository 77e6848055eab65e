/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever git takes for a trailer is one here. */
#include "orchestrator/policy/message.h"

#include <stdio.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/file.h"
#include "orchestrator/proc/loop.h"
#include "orchestrator/proc/proc.h"
#include "tests/test.h"

enum { ROUNDS = 300, LINES = 9, ANSWER_MAX = 1 << 16 };

/* What `git interpret-trailers --parse` says of the file. */
static const char *ask_git(struct buf *out, const char *path) {
    const char *const argv[] = {"env",
                                "GIT_CONFIG_NOSYSTEM=1",
                                "GIT_CONFIG_GLOBAL=/dev/null",
                                "git",
                                "interpret-trailers",
                                "--parse",
                                "--no-divider",
                                path,
                                NULL};
    const struct proc_spec spec = {.argv = argv};
    struct proc_exit end = {.code = -1};
    struct loop *loop = NULL;
    buf_reset(out);
    int rc = loop_new(&loop);
    if (rc == 0)
        rc = proc_run(loop, &spec, 0, NULL, out, NULL, &end);
    loop_free(loop);
    if (rc < 0 || end.code != 0)
        test_skip("there is no git that parses trailers");
    return out->data;
}

static const char *ask_us(struct buf *out, const char *text) {
    struct arena arena;
    struct message m;
    arena_init(&arena, 0);
    buf_reset(out);
    message_parse(&m, &arena, text, strlen(text), 0);
    for (size_t i = m.block; i < m.count; i++) {
        size_t n = message_token(&m.lines[i]);
        if (n)
            buf_printf(out, "%.*s: %s\n", (int)n, m.lines[i].text, message_value(&m, i, &arena));
    }
    arena_done(&arena);
    return out->data;
}

static void compare(struct buf *one, struct buf *two, const char *text) {
    char path[512];
    snprintf(path, sizeof(path), "%s/message", test_folder());
    REQUIRE(file_replace(path, text, strlen(text)) == 0);
    const char *git = ask_git(one, path), *us = ask_us(two, text);
    (void)test_check(strcmp(git, us) == 0, __FILE__, __LINE__, "of\n%s\ngit says\n%s\nand we\n%s",
                     text, git, us);
}

TEST(git_takes_the_same_lines_for_trailers) {
    static const char *const lines[] = {
        "Signed-off-by: A <a@b.c>",
        "Signed-off-by:A",
        "Signed-off-by : A",
        "Co-Authored-By:\t B",
        "(cherry picked from commit 12)",
        " folded  on",
        "\tfolded",
        "prose here.",
        "more of it",
        "https://example.org/x",
        "# a comment",
        "",
        "",
        ":x",
        "a:",
        "-: x",
        "x_y: z",
        "   ",
        "two words: x",
        "a\t: b ",
        "\xc3\xa9: x",
        "see: this: that",
        "A-1: b",
        "A : : b",
    };
    struct buf one, two, text;
    uint32_t seed = 1;
    buf_init(&one, ANSWER_MAX);
    buf_init(&two, ANSWER_MAX);
    buf_init(&text, ANSWER_MAX);
    for (int round = 0; round < ROUNDS; round++) {
        buf_reset(&text);
        buf_puts(&text, round % 7 ? "subject\n\n" : "subject\n");
        for (uint32_t n = 1 + (uint32_t)round % LINES; n; n--) {
            seed = seed * 1664525 + 1013904223;
            buf_printf(&text, "%s\n", lines[(seed >> 16) % (sizeof(lines) / sizeof(*lines))]);
        }
        compare(&one, &two, text.data);
    }
    buf_done(&one);
    buf_done(&two);
    buf_done(&text);
}
