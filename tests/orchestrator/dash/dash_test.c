/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/dash/dash.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "orchestrator/dash/html.h"
#include "orchestrator/store/rates.h"
#include "tests/orchestrator/dash/world.h"
#include "tests/test.h"

#define HOSTILE "<script>alert(1)</script>&\"'>/../../x\x01\x1b[31m\xff\xe2\x80\xae ünï"

static struct world w;
static const char *out;
static struct buf path;

static const char *in(const char *folder, const char *name) {
    buf_done(&path);
    buf_init(&path, 1 << 16);
    return file_join(&path, folder, name);
}

/* The page's text, owned by the arena of w. */
static const char *page(const char *name) {
    struct file f = {0};
    if (file_read(&f, in(out, name), 64 << 20) < 0)
        return NULL;
    char *text = arena_strndup(&w.arena, (const char *)f.data, f.size);
    file_done(&f);
    return text;
}

/* Two cells, four cases: all pass. */
static void run_of_passes(const char *name, const char *scope) {
    world_begin(&w, name, scope);
    for (int i = 0; i < 2; i++) {
        int64_t cell = world_cell(&w, "qwen3", "cpu", i ? "f32" : "bf16");
        world_case(&w, cell, "qwen3", "qwen3/logits", ATTEMPT_PASS, "");
        world_case(&w, cell, "qwen3", "qwen3/window", ATTEMPT_NA, "there is no window");
        world_case(&w, cell, "qwen3", "qwen3/greedy", ATTEMPT_PASS, "");
    }
}

static void start(void) {
    out = test_folder();
    world_open(&w);
}

static int write_pages(void) {
    return dash_write(w.db, out, out);
}

/* Calls fn for every page there is, with its path below `out`. */
static size_t each_page(void (*fn)(const char *name, const char *text)) {
    static const char *const folders[] = {"", "models", "runs", "cells"};
    size_t n = 0;
    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
        DIR *dir = opendir(in(out, folders[i]));
        for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
            if (!strstr(e->d_name, ".html"))
                continue;
            const char *name = *folders[i] ? arena_printf(&w.arena, "%s/%s", folders[i], e->d_name)
                                           : arena_strdup(&w.arena, e->d_name);
            fn(name, page(name));
            n++;
        }
        if (dir)
            closedir(dir);
    }
    return n;
}

/* Every href leads to a file of the dashboard, and to an anchor in it. */
static void check_links(const char *name, const char *text) {
    const char *slash = strchr(name, '/');
    const char *here = slash ? arena_strndup(&w.arena, name, (size_t)(slash - name)) : "";
    for (const char *p = text; (p = strstr(p, "href=\"")); p++) {
        const char *from = p + 6;
        char *href = arena_strndup(&w.arena, from, strcspn(from, "\""));
        char *anchor = strchr(href, '#');
        if (anchor)
            *anchor++ = '\0';
        struct buf target;
        buf_init(&target, 1 << 16);
        if (strncmp(href, "../", 3) == 0)
            buf_puts(&target, href + 3);
        else
            file_join(&target, here, href);
        const char *there = page(target.data);
        (void)test_check(there && !strstr(target.data, ".."), __FILE__, __LINE__,
                         "%s: the link to %s leads nowhere", name, target.data);
        if (there && anchor)
            EXPECT_HAS(there, arena_printf(&w.arena, "id=\"%s\"", anchor));
        buf_done(&target);
    }
}

static void check_page(const char *name, const char *text) {
    REQUIRE(text != NULL);
    check_links(name, text);
    (void)test_check(!strstr(text, "http:") && !strstr(text, "https:"), __FILE__, __LINE__,
                     "%s names another host", name);
    (void)test_check(!strstr(text, "<script") && !strstr(text, "javascript:") &&
                         !strstr(text, "onclick"),
                     __FILE__, __LINE__, "%s holds a script", name);
    EXPECT_HAS(text, HTML_MARK);
    EXPECT_HAS(text, "</html>");
}

static const char *text_of(const char *name) {
    const char *text = page(name);
    (void)test_check(text != NULL, __FILE__, __LINE__, "there is no %s", name);
    return text ? text : "";
}

TEST(without_a_run_there_is_no_dashboard) {
    start();
    EXPECT_INT(write_pages(), ERR_NOTFOUND);
    EXPECT_HAS(err_text(), "no run yet");
    EXPECT(!file_exists(in(out, "index.html")));
    world_close(&w);
}

TEST(a_first_run_that_passes_is_green_and_says_that_it_has_no_reference) {
    start();
    run_of_passes("run-1", "");
    world_end(&w, RUN_FINISHED);
    EXPECT_INT(write_pages(), 0);
    EXPECT_HAS(text_of("index.html"), "class=\"banner ok\"");
    EXPECT_HAS(text_of("index.html"), "All 4 cases that ran pass.");
    EXPECT_HAS(text_of("index.html"), "with none before it to compare with");
    EXPECT(each_page(check_page) == 2 + 1 + 1 + 2);
    world_close(&w);
}

TEST(a_regression_is_red_and_named_with_before_and_now_and_why) {
    start();
    run_of_passes("run-1", "");
    world_end(&w, RUN_FINISHED);
    world_begin(&w, "run-2", "");
    for (int i = 0; i < 2; i++) {
        int64_t cell = world_cell(&w, "qwen3", "cpu", i ? "f32" : "bf16");
        int64_t id = world_case(&w, cell, "qwen3", "qwen3/logits", ATTEMPT_NUMERICS,
                                "NMSE 0.0025 is over the limit");
        world_case(&w, cell, "qwen3", "qwen3/window", ATTEMPT_NA, "there is no window");
        world_case(&w, cell, "qwen3", "qwen3/greedy", ATTEMPT_PASS, "");
        EXPECT(id > 0);
    }
    world_end(&w, RUN_FINISHED);
    EXPECT_INT(write_pages(), 0);
    const char *index = text_of("index.html");
    EXPECT_HAS(index, "class=\"banner bad\"><strong>2 cases regressed.");
    EXPECT_HAS(index, "compared with <a href=\"runs/run-1.html\">run-1</a>");
    EXPECT_HAS(index, "<td class=\"chips\"><a href=\"cells/qwen3.cpu.bf16.html#c1\">cpu/bf16</a> "
                      "<a href=\"cells/qwen3.cpu.f32.html#c1\">cpu/f32</a></td>");
    EXPECT_HAS(index, "pass <span class=\"gap\">→</span> <span class=\"tag bad\">numerics</span>");
    EXPECT_HAS(index, "<span class=\"tag bad\">new in this run</span>");
    const char *cell = text_of("cells/qwen3.cpu.f32.html");
    EXPECT_HAS(cell, "<code class=\"command\">build/release/noctule-engine check "
                     "tests/models/qwen3 --backend cpu --dtype f32 --case &#39;qwen3/logits&#39;");
    EXPECT_HAS(cell, "<code>prompt.logits[0,3,17]</code> got 1.5, want 1.25");
    EXPECT_HAS(cell, "0.0025, limit 1e-10 <b class=\"bad\">2.5e+07 × the limit</b>");
    EXPECT_HAS(cell, "numerics, in code, at <code>engine/nn/decoder.c:120</code>");
    EXPECT_HAS(cell, "first line\nlast line &lt;b&gt;</pre>");
    EXPECT_HAS(cell, "<dt>reason</dt><dd>there is no window</dd>");
    EXPECT_HAS(cell, "run-1: pass</title></rect><rect class=\"fail\"");
    EXPECT_HAS(text_of("models/qwen3.html"), "there is no window");
    EXPECT_HAS(text_of("runs/run-2.html"), "AMD EPYC 7B13, 2 cores, 8.0 GiB");
    each_page(check_page);
    world_close(&w);
}

TEST(many_variants_are_numbers_on_colours_and_those_that_nobody_has_a_sentence) {
    static const char *const backends[] = {"cpu", "cpu-native", "cpu-native.amx",
                                           "cpu-native.avx2"};
    static const char *const dtypes[] = {"bf16", "f16", "f32"};
    start();
    world_begin(&w, "run-1", "");
    for (size_t i = 0; i < 12; i++) {
        int64_t cell = world_cell(&w, "qwen3", backends[i / 3], dtypes[i % 3]);
        bool absent = i / 3 == 2;
        for (int k = 0; k < 200; k++) {
            enum attempt_status ran = i == 0 && k == 0 ? ATTEMPT_NUMERICS : ATTEMPT_PASS;
            world_case(&w, cell, "qwen3", arena_printf(&w.arena, "qwen3/case.%d", k),
                       absent ? ATTEMPT_NA : ran, absent ? "no AMX here" : "");
        }
    }
    world_end(&w, RUN_FINISHED);
    EXPECT_INT(write_pages(), 0);
    const char *index = text_of("index.html");
    EXPECT_HAS(index, "<th colspan=\"3\">cpu-native.avx2</th>");
    EXPECT_HAS(index, "title=\"qwen3 cpu/bf16: 199 of 200 passed, 1 failed\">99</a>");
    EXPECT_HAS(index, "title=\"qwen3 cpu/f16: 200 of 200 passed\">&#160;</a>");
    EXPECT(!strstr(index, "<th colspan=\"3\">cpu-native.amx</th>"));
    EXPECT_HAS(index,
               "Not applicable to any model: <a href=\"cells/qwen3.cpu-native.amx.bf16.html\">"
               "cpu-native.amx/bf16</a>, ");
    each_page(check_page);
    world_close(&w);
}

/* Names, per cent and line beside the squares of as many variants as this project has at most. */
TEST(a_grid_of_many_variants_fits_beside_its_names_and_says_what_colours_mean) {
    enum { VARIANTS = 49, PAGE = 1168 - 2 * 24 - 2, NAMES = 110, SUMS = 200 };
    const char *squares = NULL;
    start();
    world_begin(&w, "run-1", "");
    for (int i = 0; i < VARIANTS; i++) {
        int64_t cell = world_cell(&w, "qwen3", arena_printf(&w.arena, "b%d", i / 7),
                                  arena_printf(&w.arena, "d%d", i % 7));
        world_case(&w, cell, "qwen3", "qwen3/case", ATTEMPT_PASS, "");
    }
    world_end(&w, RUN_FINISHED);
    EXPECT_INT(write_pages(), 0);
    for (const char *const *s = html_style; *s && !squares; s++)
        squares = strstr(*s, ".grid.squares td{");
    const char *least = squares ? strstr(squares, "min-width:") : NULL;
    REQUIRE(least != NULL);
    EXPECT(VARIANTS * strtol(least + strlen("min-width:"), NULL, 10) + NAMES + SUMS <= PAGE);
    EXPECT_HAS(text_of("index.html"), "class=\"key amber\"");
    world_close(&w);
}

TEST(variants_of_several_suites_are_told_apart) {
    static const char *const suites[] = {"compat", "parity"};
    start();
    world_begin(&w, "run-1", "");
    for (size_t i = 0; i < 4; i++) {
        int64_t cell = world_cell_of(&w, suites[i / 2], "qwen3", i % 2 ? "cpu" : "fast", "f32");
        world_case(&w, cell, "qwen3", "qwen3/case", ATTEMPT_PASS, "");
    }
    world_end(&w, RUN_FINISHED);
    EXPECT_INT(write_pages(), 0);
    static const char *const pages[] = {"models/qwen3.html", "runs/run-1.html"};
    for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
        int rows = 0;
        for (const char *p = text_of(pages[i]); (p = strstr(p, "<tr class=\"suite\">")); p++)
            rows++;
        EXPECT_INT(rows, 2);
        EXPECT_HAS(text_of(pages[i]), ">parity</th>");
    }
    EXPECT_HAS(text_of("models/qwen3.html"), "<th>parity cpu/f32</th>");
    world_close(&w);
}

TEST(the_figures_are_those_of_rates_of) {
    start();
    world_begin(&w, "run-1", "");
    int64_t cell = world_cell(&w, "gpt2", "cpu", "f32");
    int64_t count[VERDICT_COUNT] = {
        [VERDICT_PASS] = 66, [VERDICT_FAIL] = 1, [VERDICT_NA] = 9, [VERDICT_INFRA] = 3};
    static const enum attempt_status statuses[] = {ATTEMPT_PASS, ATTEMPT_FAIL, ATTEMPT_NA,
                                                   ATTEMPT_INFRA};
    static const enum verdict verdicts[] = {VERDICT_PASS, VERDICT_FAIL, VERDICT_NA, VERDICT_INFRA};
    for (int k = 0, n = 0; k < 4; k++)
        for (int i = 0; i < count[verdicts[k]]; i++, n++)
            world_case(&w, cell, "gpt2", arena_printf(&w.arena, "gpt2/case_%d", n), statuses[k],
                       k ? "why" : "");
    world_end(&w, RUN_FINISHED);
    EXPECT_INT(write_pages(), 0);
    struct rates r = rates_of(count);
    const char *index = text_of("index.html");
    EXPECT_HAS(index, arena_printf(&w.arena, "<b>%.1f\u00a0%%</b><span>passed", 100 * r.pass));
    EXPECT_HAS(index, arena_printf(&w.arena, "%.1f–%.1f\u00a0%%", 100 * r.low, 100 * r.high));
    EXPECT_HAS(index, arena_printf(&w.arena, "<b>%.1f\u00a0%%</b><span>covered", 100 * r.coverage));
    EXPECT_HAS(index, arena_printf(&w.arena, "<b>%.1f\u00a0%%</b><span>not app", 100 * r.na_share));
    EXPECT_HAS(index,
               arena_printf(&w.arena, "<b>%.1f\u00a0%%</b><span>lost to", 100 * r.infra_share));
    EXPECT_HAS(index, "class=\"banner warn\"");
    struct json_doc *doc;
    double share;
    int64_t planned;
    REQUIRE(json_load(&doc, in(out, "data.json"), 1 << 20, 0) == 0);
    struct json cells = json_get(json_root(doc), "cells");
    EXPECT_INT(json_len(cells), 1);
    EXPECT_INT(json_real(json_at(cells, 0), "rates.pass", &share), 0);
    EXPECT(share == r.pass);
    EXPECT_INT(json_int(json_at(cells, 0), "rates.planned", 0, 1000, &planned), 0);
    EXPECT_INT(planned, 79);
    json_free(doc);
    world_close(&w);
}

TEST(hostile_names_break_no_page_and_leave_no_folder) {
    static const char *const families[] = {HOSTILE, "../../escape", "..", ".hidden",
                                           "a/b",   "a_b",          "",   "çedilla"};
    char long_name[301];
    memset(long_name, 'L', 300);
    long_name[300] = '\0';
    start();
    world_begin(&w, "../" HOSTILE, "");
    for (size_t i = 0; i <= sizeof(families) / sizeof(*families); i++) {
        const char *family = i < sizeof(families) / sizeof(*families) ? families[i] : long_name;
        int64_t cell = world_cell(&w, family, "c<p>u", "f32");
        world_case(&w, cell, family, HOSTILE, ATTEMPT_FAIL, "expected <b>bold</b> & got \x02");
        world_case(&w, cell, family, long_name, ATTEMPT_NA, HOSTILE);
    }
    world_end(&w, RUN_FINISHED);
    EXPECT_INT(write_pages(), 0);
    EXPECT_INT(each_page(check_page), 2 + 9 + 1 + 9);
    world_close(&w);
}

static int broken;

static void check_bytes(const char *name, const char *text) {
    (void)name;
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        broken += (*p < 0x20 && *p != '\n' && *p != '\t') || *p == 0xff;
    broken += strstr(text, "\xe2\x80\xae") != NULL;
    broken += strstr(text, "<b>bold</b>") != NULL;
}

TEST(no_page_holds_a_control_byte_or_what_is_no_utf8) {
    start();
    world_begin(&w, "run-1", HOSTILE);
    int64_t cell = world_cell(&w, HOSTILE, "cpu", HOSTILE);
    world_case(&w, cell, HOSTILE, HOSTILE, ATTEMPT_FAIL, "expected <b>bold</b>" HOSTILE);
    world_end(&w, RUN_FINISHED);
    EXPECT_INT(write_pages(), 0);
    broken = 0;
    EXPECT(each_page(check_bytes) == 5);
    EXPECT_INT(broken, 0);
    struct json_doc *doc;
    EXPECT_INT(json_load(&doc, in(out, "data.json"), 1 << 20, 0), 0);
    json_free(doc);
    world_close(&w);
}

TEST(a_run_of_a_part_leaves_the_other_cells_in_place) {
    start();
    run_of_passes("run-1", "");
    int64_t other = world_cell(&w, "bert", "cpu", "f32");
    world_case(&w, other, "bert", "bert/pooler", ATTEMPT_PASS, "");
    world_end(&w, RUN_FINISHED);
    run_of_passes("run-2", "family=qwen3");
    world_end(&w, RUN_FINISHED);
    EXPECT_INT(write_pages(), 0);
    const char *index = text_of("index.html");
    EXPECT_HAS(index, "Nothing regressed. All 4 cases that ran pass.");
    EXPECT_HAS(index, "only family=qwen3");
    EXPECT_HAS(index, "models/bert.html");
    EXPECT_HAS(index, "<small>older run</small>");
    each_page(check_page);
    world_close(&w);
}

TEST(an_unfinished_run_is_listed_and_does_not_answer) {
    start();
    run_of_passes("run-1", "");
    world_end(&w, RUN_FINISHED);
    world_begin(&w, "run-2", "");
    int64_t cell = world_cell(&w, "qwen3", "cpu", "f32");
    world_case(&w, cell, "qwen3", "qwen3/logits", ATTEMPT_CRASH, "signal 11");
    world_plan(&w, cell, "qwen3", "qwen3/greedy");
    world_end(&w, RUN_INTERRUPTED);
    EXPECT_INT(write_pages(), 0);
    EXPECT_HAS(text_of("index.html"), "class=\"banner ok\"");
    EXPECT_HAS(text_of("index.html"), "<span class=\"tag warn\">interrupted</span>");
    EXPECT_HAS(text_of("runs/run-2.html"), "interrupted: 1 of 2 cases recorded");
    each_page(check_page);
    world_close(&w);
}

TEST(a_case_that_passed_and_is_gone_is_a_regression) {
    start();
    run_of_passes("run-1", "");
    world_end(&w, RUN_FINISHED);
    world_begin(&w, "run-2", "");
    for (int i = 0; i < 2; i++) {
        int64_t cell = world_cell(&w, "qwen3", "cpu", i ? "f32" : "bf16");
        world_case(&w, cell, "qwen3", "qwen3/logits", ATTEMPT_PASS, "");
        world_case(&w, cell, "qwen3", "qwen3/window", ATTEMPT_NA, "there is no window");
    }
    world_end(&w, RUN_FINISHED);
    EXPECT_INT(write_pages(), 0);
    EXPECT_HAS(text_of("index.html"), "2 cases regressed.");
    EXPECT_HAS(text_of("index.html"), "no longer planned");
    each_page(check_page);
    world_close(&w);
}

TEST(pages_of_what_is_gone_are_removed_and_other_files_stay) {
    static const char stale[] = "<!doctype html>\n" HTML_MARK "\n";
    start();
    run_of_passes("run-1", "");
    world_end(&w, RUN_FINISHED);
    EXPECT_INT(write_pages(), 0);
    EXPECT_INT(file_replace(in(out, "cells/old.html"), stale, strlen(stale)), 0);
    EXPECT_INT(file_replace(in(out, "cells/mine.html"), "<p>mine", 7), 0);
    EXPECT_INT(file_replace(in(out, "old.html"), stale, strlen(stale)), 0);
    EXPECT_INT(symlink("../old.html", in(out, "runs/link.html")), 0);
    EXPECT_INT(write_pages(), 0);
    EXPECT(!file_exists(in(out, "cells/old.html")));
    EXPECT(file_exists(in(out, "cells/mine.html")));
    EXPECT(file_exists(in(out, "old.html")));
    EXPECT(file_exists(in(out, "runs/link.html")));
    EXPECT(file_exists(in(out, "cells/qwen3.cpu.f32.html")));
    world_close(&w);
}

TEST(a_page_that_did_not_change_is_not_written_again) {
    struct stat before, after;
    start();
    run_of_passes("run-1", "");
    world_end(&w, RUN_FINISHED);
    EXPECT_INT(write_pages(), 0);
    EXPECT_INT(stat(in(out, "index.html"), &before), 0);
    EXPECT_INT(write_pages(), 0);
    EXPECT_INT(stat(in(out, "index.html"), &after), 0);
    EXPECT(before.st_ino == after.st_ino);
    world_close(&w);
}

TEST(the_log_of_a_case_is_shown_without_colours_and_never_from_elsewhere) {
    static const char log[] = "before\n\x1b[31mred <words>\x1b[0m\r\nafter\n";
    start();
    EXPECT_INT(file_make_dirs(in(out, "run")), 0);
    EXPECT_INT(file_replace(in(out, "run/cpu.f32.log"), log, strlen(log)), 0);
    world_begin(&w, "run-1", "");
    int64_t cell = world_cell(&w, "qwen3", "cpu", "f32");
    int64_t outside = world_cell(&w, "qwen3", "/../..", "f32");
    for (int i = 0; i < 2; i++) {
        int64_t at = i ? outside : cell, id = world_plan(&w, at, "qwen3", "qwen3/logits");
        struct attempt a = world_attempt(&w, at, id, ATTEMPT_FAIL, "no");
        a.log_begin = 7;
        a.log_end = 30;
        WORLD_OK(results_add(w.db, &a));
    }
    world_end(&w, RUN_FINISHED);
    EXPECT_INT(write_pages(), 0);
    EXPECT_HAS(text_of("cells/qwen3.cpu.f32.html"), "<pre>red &lt;words&gt;");
    EXPECT(strstr(text_of("cells/qwen3.cpu.f32.html"), "before\n") == NULL);
    world_close(&w);
}

/* A run of one case that took so many calibrations; slower = 0 for none. */
static void run_that_took(const char *name, double cpu_ms, double slower_than) {
    world_begin(&w, name, "");
    int64_t cell = world_cell(&w, "qwen3", "cpu", "f32");
    int64_t id = world_case(&w, cell, "qwen3", "qwen3/b<6>", ATTEMPT_PASS, "");
    struct attempt a = world_attempt(&w, cell, id, ATTEMPT_PASS, "");
    a.cpu_ms = cpu_ms;
    WORLD_OK(timings_add(w.db, &a));
    WORLD_OK(timings_calibrate(w.db, w.run, cell, 1, 0.5));
    const struct shift_row s = {.run = w.run,
                                .cell = cell,
                                .case_id = id,
                                .kind = SHIFT_SLOWER,
                                .before = slower_than,
                                .now = cpu_ms / 0.5,
                                .runs = 2,
                                .attempts = 5};
    if (slower_than > 0)
        WORLD_OK(shifts_put(w.db, &s));
    world_end(&w, RUN_FINISHED);
}

TEST(a_case_that_got_slower_stands_on_every_page_and_marks_the_chart) {
    start();
    run_that_took("20261119-1-aaaaaaa", 10, 0);
    run_that_took("20261120-1-bbbbbbb", 20, 20);
    run_that_took("20261121-1-ccccccc", 21, 0);
    EXPECT_INT(write_pages(), 0);
    const char *cell = text_of("cells/qwen3.cpu.f32.html");
    EXPECT_HAS(cell, "<h2>Time</h2>");
    EXPECT_HAS(cell, "class=\"mark\"");
    EXPECT_HAS(cell, "20261120-1-bbbbbbb: 1.00 ×, 1 slower</title>");
    EXPECT_HAS(cell, "20261121-1-ccccccc: 1.05 ×</title>");
    EXPECT_HAS(cell, "qwen3/b&lt;6&gt;");
    const char *run = text_of("runs/20261120-1-bbbbbbb.html");
    EXPECT_HAS(run, "Passing, but not as before");
    EXPECT_HAS(run, "2.00 ×");
    EXPECT(!strstr(text_of("runs/20261121-1-ccccccc.html"), "not as before"));
    EXPECT(!strstr(text_of("index.html"), "not as before"));
    EXPECT_HAS(text_of("index.html"), "Nothing regressed.");
    EXPECT_HAS(run, "class=\"banner warn\"");
    EXPECT_HAS(run, "No case broke. 1 got slower.");
    EXPECT_HAS(text_of("data.json"), "\"times\"");
    world_close(&w);
}

TEST(times_of_one_run_or_of_another_machine_make_no_chart) {
    start();
    run_that_took("20261119-1-aaaaaaa", 10, 0);
    const struct environment other = {.hash = "e2", .cores = 64};
    WORLD_OK(runs_add_environment(w.db, &other, &w.environment));
    run_that_took("20261120-1-bbbbbbb", 20, 0);
    EXPECT_INT(write_pages(), 0);
    EXPECT(!strstr(text_of("cells/qwen3.cpu.f32.html"), "<h2>Time</h2>"));
    world_close(&w);
}
