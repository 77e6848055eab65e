/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/runner/child.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "orchestrator/proc/census.h"
#include "tests/test.h"

static struct child c;

static int run(const char *script) {
    const char *const argv[] = {"sh", "-c", script, NULL};
    const struct child_spec spec = {.argv = argv, .cwd = "/"};
    return child_run(&c, &spec);
}

TEST(both_streams_are_its_words_in_their_order) {
    REQUIRE(run("echo a; echo b >&2; echo c; exit 3") == 0);
    EXPECT_STR(c.words.data, "a\nb\nc\n");
    EXPECT_INT(c.exit_code, 3);
    EXPECT_INT(c.signal, 0);
    EXPECT(!c.told);
    child_done(&c);
}

TEST(a_signal_is_told_by_its_name) {
    struct buf text;
    REQUIRE(run("kill -SEGV $$") == 0);
    EXPECT_INT(c.signal, SIGSEGV);
    EXPECT_INT(c.exit_code, -1);
    buf_init(&text, 100);
    child_put_end(&text, &c);
    EXPECT_STR(text.data, "it was killed by SIGSEGV");
    buf_reset(&text);
    child_put_end(&text, &(struct child){.signal = SIGRTMIN + 3});
    EXPECT_HAS(text.data, "it was killed by signal 3");
    buf_done(&text);
    child_done(&c);
}

TEST(of_a_flood_the_first_and_the_last_are_kept) {
    REQUIRE(run("echo first; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo last") == 0);
    EXPECT(c.words.len < CHILD_HEAD + 3 * CHILD_TAIL && c.words.len > CHILD_HEAD);
    EXPECT_INT(strncmp(c.words.data, "first\n", 6), 0);
    EXPECT_STR(c.words.data + c.words.len - 6, "\nlast\n");
    EXPECT_HAS(c.words.data, "bytes left out");
    child_done(&c);
}

TEST(what_it_leaves_behind_is_ended_and_not_waited_for) {
    struct census left = {0};
    int64_t began = clock_mono_ns();
    child_adopt();
    REQUIRE(run("sleep 50 & (setsid sh -c 'trap \"\" TERM HUP; sleep 50' &) ; echo done") == 0);
    EXPECT_STR(c.words.data, "done\n");
    EXPECT(clock_mono_ns() - began < INT64_C(20000000000));
    census_take(&left, getpid());
    EXPECT_INT(left.len, 0);
    census_done(&left);
    child_done(&c);
}

TEST(only_lines_with_the_prefix_are_its_words) {
    const char *const argv[] = {"printf", "7: a\\nb 7: x\\n77: y\\n7: c", NULL};
    struct buf others;
    buf_init(&others, 1000);
    const struct child_spec spec = {.argv = argv, .cwd = "/", .prefix = "7: ", .others = &others};
    REQUIRE(child_run(&c, &spec) == 0);
    EXPECT_STR(c.words.data, "a\nc\n");
    EXPECT_STR(others.data, "b 7: x\n77: y\n");
    buf_done(&others);
    child_done(&c);
}

static void count_line(void *arg, const char *line, size_t len) {
    size_t *count = arg;
    *count += len == 2 && line[1] == '\n';
}

TEST(each_line_with_the_prefix_is_shown_also_where_few_are_kept) {
    const char *const argv[] = {"sh", "-c", "yes '7: x' | head -n 300000; echo x", NULL};
    size_t count = 0;
    const struct child_spec spec = {
        .argv = argv, .cwd = "/", .prefix = "7: ", .see = count_line, .see_arg = &count};
    REQUIRE(child_run(&c, &spec) == 0);
    EXPECT_INT(count, 300000);
    EXPECT(c.words.len < CHILD_HEAD + 3 * CHILD_TAIL);
    child_done(&c);
}

TEST(stdout_alone_is_taken_whole_and_has_a_limit) {
    const char *const argv[] = {"sh", "-c", "echo $NAME; pwd", NULL};
    const char *const env[] = {"NAME=value", NULL};
    struct buf out;
    buf_init(&out, 1000);
    struct child_spec spec = {.argv = argv, .cwd = "/usr", .env = env, .out = &out};
    REQUIRE(child_run(&c, &spec) == 0);
    EXPECT_STR(out.data, "value\n/usr\n");
    child_done(&c);
    buf_done(&out);
    buf_init(&out, 3);
    EXPECT_INT(child_run(&c, &spec), ERR_LIMIT);
    buf_done(&out);
}

TEST(a_program_that_is_not_there_is_told_from_one_that_fails) {
    const char *const argv[] = {"/no/such/program", NULL};
    const struct child_spec spec = {.argv = argv, .cwd = "/"};
    EXPECT_INT(child_run(&c, &spec), ERR_NOTFOUND);
    EXPECT_HAS(err_text(), "/no/such/program");
}
