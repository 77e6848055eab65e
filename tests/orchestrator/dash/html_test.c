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

TEST(text_is_escaped_and_control_bytes_become_pictures) {
    html_put(fresh(), "<b title=\"%s\">%s</b>", "\" onclick='x'", "<script>&\x01\x1b[0m\n");
    EXPECT_STR(out.data, "<b title=\"&quot; onclick=&#39;x&#39;\">&lt;script&gt;&amp;␁␛[0m\n</b>");
}

TEST(what_is_no_utf8_or_turns_the_writing_becomes_a_replacement) {
    static const char text[] = "ü\xff|\xe2\x82|\xe2\x80\xae|\xc2\x85|\x7f|日";
    html_text(fresh(), text, strlen(text));
    EXPECT_STR(out.data, "ü\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd|␡|日");
}

TEST(numbers_and_percent_signs_are_written) {
    html_put(fresh(), "%d %L %f %.3f 100%% %s.", -3, INT64_C(9000000000), 1.25, 2.0, NULL);
    EXPECT_STR(out.data, "-3 9000000000 1.2 2.000 100% .");
    html_put(fresh(), "%g %.9g %g", 1.25e-13, 0.123456789, (double)INFINITY);
    EXPECT_STR(out.data, "1.25e-13 0.123456789 inf");
}

TEST(a_slug_holds_no_path_and_belongs_to_one_name) {
    char a[HTML_SLUG_SIZE], b[HTML_SLUG_SIZE], long_name[400];
    EXPECT_STR(html_slug("qwen2.5_moe-A", a), "qwen2.5_moe-A");
    EXPECT(strncmp(html_slug("a/b<x>", a), "a_b_x_-", 7) == 0);
    EXPECT_INT(strlen(a), 15);
    EXPECT(strcmp(html_slug("a b", a), html_slug("a/b", b)) != 0);
    EXPECT(strncmp(html_slug("../../etc", a), "___.__etc-", 10) == 0);
    EXPECT(*html_slug("..", a) != '.' && *html_slug("", b) == '-');
    memset(long_name, 'x', 399);
    long_name[399] = '\0';
    html_slug(long_name, a);
    long_name[398] = 'y';
    EXPECT(strcmp(a, html_slug(long_name, b)) != 0);
    EXPECT_INT(strlen(b), HTML_SLUG_SIZE - 1);
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
    for (size_t i = 0; html_style[i]; i++)
        EXPECT(!strstr(html_style[i], "http") && !strstr(html_style[i], "url("));
}

TEST(a_single_failure_among_thousands_has_a_visible_bar) {
    chart_shares(fresh(), 100000, 1, 0, 0);
    EXPECT_HAS(out.data, "class=\"fail\" x=\"118.0\" y=\"0\" width=\"2.0\"");
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
    chart_strip(fresh(), NULL, 0);
    EXPECT_HAS(out.data, "</svg>");
    chart_trend(fresh(), NULL, 0, "", "");
    EXPECT(strstr(out.data, "nan") == NULL);
}

TEST(a_trend_with_gaps_names_each_run_and_never_says_nan) {
    const struct chart_point points[] = {
        {0.9,         0.8,         3, "run-1 <x>"},
        {(double)NAN, (double)NAN, 0, "run-2"    },
        {1,           0.9,         0, "run-3"    }
    };
    chart_trend(fresh(), points, 3, "first", "last");
    EXPECT_HAS(out.data, "run-1 &lt;x&gt;: 90.0 % passed, 3 failed, 80.0 % covered");
    EXPECT_HAS(out.data, "run-2: nothing ran");
    EXPECT(strstr(out.data, "nan") == NULL);
}
