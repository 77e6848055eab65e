/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/order.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/file.h"
#include "tests/test.h"

/* A journal that is finished and was compared with `reference`; NULL: it was not finished. */
static void make_run(const char *logs, const char *name, const char *reference) {
    char path[512], text[512] = "{\"event\":\"run\",\"schema\":1}\n";
    snprintf(path, sizeof(path), "%s/%s", logs, name);
    REQUIRE(file_make_dirs(path) == 0);
    snprintf(path, sizeof(path), "%s/%s/events.ndjson", logs, name);
    if (reference)
        snprintf(text, sizeof(text),
                 "{\"event\":\"run\",\"schema\":1}\n"
                 "{\"event\":\"finished\",\"reference\":\"%s\",\"t\":1}\n",
                 reference);
    REQUIRE(file_replace(path, text, strlen(text)) == 0);
}

static void expect(const char *logs, const char *wanted) {
    struct order o;
    struct buf b;
    buf_init(&b, 4096);
    EXPECT_INT(order_read(&o, logs), 0);
    for (size_t i = 0; i < o.len; i++)
        buf_printf(&b, "%s%s", i ? " " : "", o.names[i]);
    EXPECT_STR(b.data, wanted);
    order_done(&o);
    buf_done(&b);
}

TEST(runs_are_in_the_order_of_their_names_and_other_folders_are_none) {
    const char *logs = test_folder();
    char other[512];
    make_run(logs, "20260102-a", "20260101-a");
    make_run(logs, "20260101-a", "");
    make_run(logs, "20260103-a", NULL);
    snprintf(other, sizeof(other), "%s/dashboard", logs);
    EXPECT_INT(file_make_dirs(other), 0);
    expect(logs, "20260101-a 20260102-a 20260103-a");
}

TEST(a_run_that_a_clock_set_back_named_comes_behind_what_it_was_compared_with) {
    const char *logs = test_folder();
    make_run(logs, "20260110-a", "");
    make_run(logs, "20260111-a", "20260110-a");
    make_run(logs, "20260101-a", "20260111-a"); /* the clock was ten days late */
    make_run(logs, "20260112-a", "20260101-a");
    expect(logs, "20260110-a 20260111-a 20260101-a 20260112-a");
}

TEST(a_reference_that_is_gone_or_leads_in_a_circle_ends_nowhere_and_loses_no_run) {
    const char *logs = test_folder();
    struct order o;
    make_run(logs, "1", "gone");
    make_run(logs, "2", "2");
    make_run(logs, "3", "5");
    make_run(logs, "4", "3");
    make_run(logs, "5", "4");
    EXPECT_INT(order_read(&o, logs), 0);
    EXPECT_INT(o.len, 5);
    order_done(&o);
    expect("/nowhere", "");
}
