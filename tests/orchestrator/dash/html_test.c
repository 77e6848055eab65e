/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/dash/html.h"

#include <inttypes.h>

#include "orchestrator/dash/chart.h"
#include "tests/test.h"

static struct buf out;
static struct html page = {&out, ""};

static struct html *fresh(void) {
    buf_done(&out);
    buf_init(&out, 1 << 20);
    return &page;
}

TEST(text_is_escaped_and_control_bytes_are_dropped) {
    html_put(fresh(), "<b title=\"%s\">%s</b>", "\" onclick='x'", "<script>&\x01\x1b[0m\n");
    EXPECT_STR(out.data, "<b title=\"&quot; onclick=&#39;x&#39;\">&lt;script&gt;&amp;[0m\n</b>");
}

TEST(numbers_and_percent_signs_are_written) {
    html_put(fresh(), "%d %L %f %.3f 100%% %s.", -3, INT64_C(9000000000), 1.25, 2.0, NULL);
    EXPECT_STR(out.data, "-3 9000000000 1.2 2.000 100% .");
}

TEST(a_slug_holds_no_path) {
    char slug[128];
    EXPECT_STR(html_slug("qwen3/final logits.<x>", slug), "qwen3_final_logits._x_");
    EXPECT_STR(html_slug("../../etc", slug), ".._.._etc");
}

TEST(a_page_names_no_other_host_and_carries_no_script) {
    static const struct html_crumb crumbs[] = {
        {"Runs", "index.html"},
        {"x",    NULL        },
        {NULL,   NULL        }
    };
    html_open(fresh(), "Title <1>", crumbs);
    html_close(&page, "note");
    EXPECT_HAS(out.data, "<title>Title &lt;1&gt; · Noctule</title>");
    EXPECT_HAS(out.data, "<a href=\"index.html\">Runs</a>");
    EXPECT(strstr(out.data, "http") == NULL);
    EXPECT(strstr(out.data, "<script") == NULL);
    EXPECT(strstr(html_style, "http") == NULL);
    EXPECT(strstr(html_style, "url(") == NULL);
}

TEST(a_single_failure_among_thousands_has_a_visible_bar) {
    chart_shares(fresh(), 100000, 1, 0, 0);
    EXPECT_HAS(out.data, "class=\"fail\" x=\"120.0\" y=\"0\" width=\"2.0\"");
}

TEST(runs_without_a_figure_leave_a_gap_in_the_line) {
    const double values[] = {1, (double)NAN, 0.5, 0.6};
    chart_spark(fresh(), values, 4, "pass rate");
    const char *first = strstr(out.data, "M");
    REQUIRE(first != NULL);
    EXPECT(strstr(first + 1, "M") != NULL);
    EXPECT_HAS(out.data, "now 60.0 %");
    EXPECT(strstr(out.data, "nan") == NULL);
}

TEST(no_runs_at_all_make_an_empty_picture_not_a_broken_one) {
    chart_spark(fresh(), NULL, 0, "pass rate");
    EXPECT(strstr(out.data, "nan") == NULL);
    chart_shares(fresh(), 0, 0, 0, 0);
    EXPECT(strstr(out.data, "nan") == NULL);
    chart_strip(fresh(), "", 0);
    EXPECT_HAS(out.data, "</svg>");
}
