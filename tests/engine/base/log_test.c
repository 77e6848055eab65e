/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/test.h"

static char said[16384];

/* What fn writes to stderr. */
static const char *capture(void (*fn)(void)) {
    FILE *file = tmpfile();
    int saved = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    fn();
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    said[fread(said, 1, sizeof(said) - 1, file)] = '\0';
    (void)fclose(file);
    return said;
}

static void say_all(void) {
    log_warn("w %d", 1);
    log_info("i %s", "two");
    log_debug("d");
}

TEST(a_level_shows_itself_and_what_is_graver) {
    EXPECT_STR(capture(say_all), "warning: w 1\ni two\n"); /* LOG_INFO at first */
    log_set_level(LOG_QUIET);
    EXPECT_STR(capture(say_all), "");
    log_set_level(LOG_WARN);
    EXPECT_STR(capture(say_all), "warning: w 1\n");
    log_set_level(LOG_DEBUG);
    EXPECT_STR(capture(say_all), "warning: w 1\ni two\ndebug: d\n");
    log_set_level(LOG_INFO);
}

static void say_too_much(void) {
    char text[8000];
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    errno = EDOM;
    log_info("%s", text);
}

TEST(a_line_too_long_is_cut_and_still_a_line) {
    const char *line = capture(say_too_much);
    EXPECT(strlen(line) > 4000 && strlen(line) <= 4096);
    EXPECT_INT(line[strlen(line) - 1], '\n');
    EXPECT_INT(errno, EDOM); /* logging is no reason to lose it */
}
