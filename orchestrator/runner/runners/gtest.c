/* SPDX-License-Identifier: Apache-2.0 */
/* gtest: one program of GoogleTest. It is started once per case: a test that ends its process takes
 * no other with it, and what earlier tests left behind helps none. Both the list and the result are
 * the JSON that it writes into a file (--gtest_output, GoogleTest 1.10 and later).
 * https://google.github.io/googletest/advanced.html#generating-a-json-report */
#include <stdio.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "orchestrator/parse/rekey.h"
#include "orchestrator/runner/child.h"
#include "orchestrator/runner/runner.h"

enum { REPORT_MAX = 64 << 20 };

const struct runner runner_gtest;

/* Variables of GoogleTest that would run other tests than those that we name; and what a test says
 * is not to drown in banners (1.11 and later). */
static const char *const env[] = {"GTEST_FILTER=*",
                                  "GTEST_REPEAT=1",
                                  "GTEST_SHUFFLE=0",
                                  "GTEST_TOTAL_SHARDS=1",
                                  "GTEST_SHARD_INDEX=0",
                                  "GTEST_BRIEF=1",
                                  NULL};

/* "/path/FILE:LINE", and what is wrong in the lines below: one line, without the folders. */
static const char *sentence_of(struct arena *arena, const char *text) {
    size_t place = strcspn(text, "\n");
    const char *slash = memrchr(text, '/', strcspn(text, ":\n"));
    const char *begin = slash ? slash + 1 : text;
    const char *what = runner_one_line(arena, text + place);
    return *what ? arena_printf(arena, "%.*s: %s", (int)(text + place - begin), begin, what)
                 : runner_one_line(arena, begin);
}

/* What GTEST_SKIP() was given, which the reports of 1.12 and before leave out: the line below
 * "FILE:LINE: Skipped". */
static const char *printed_reason(struct arena *arena, const struct child *c) {
    static const char mark[] = ": Skipped\n";
    const char *at = strstr(c->words.data, mark), *line = at ? at + strlen(mark) : "";
    return *line == '[' ? "" : runner_last_line(arena, line, strcspn(line, "\n"));
}

/* "FILE:LINE: Failure", "FILE:LINE: Skipped", or what frames a test. */
static bool begins_part(const char *line, size_t len) {
    static const char *const endings[] = {": Failure", ": Skipped", NULL};
    if (len == 0 || *line == '[')
        return true;
    for (size_t i = 0; endings[i]; i++) {
        size_t n = strlen(endings[i]);
        if (len > n && memcmp(line + len - n, endings[i], n) == 0)
            return true;
    }
    return false;
}

/* The first failure that it printed, "FILE:LINE: Failure" and what is wrong in the lines below, as
 * a report has it; "" without one. For those of SetUpTestSuite() and TearDownTestSuite(), which are
 * no test's. */
static const char *printed_failure(struct arena *arena, const struct child *c) {
    static const char mark[] = ": Failure\n";
    const char *at = strstr(c->words.data, mark);
    if (!at)
        return "";
    const char *line = memrchr(c->words.data, '\n', (size_t)(at - c->words.data));
    const char *what = at + strlen(mark), *end = what;
    line = line ? line + 1 : c->words.data;
    while (!begins_part(end, strcspn(end, "\n"))) {
        end = strchrnul(end, '\n');
        end += *end == '\n';
    }
    return sentence_of(
        arena, arena_printf(arena, "%.*s\n%.*s", (int)(at - line), line, (int)(end - what), what));
}

static bool is_disabled(const char *name) {
    static const char mark[] = "DISABLED_";
    for (const char *at = strstr(name, mark); at; at = strstr(at + 1, mark))
        if (at == name || at[-1] == '/' || at[-1] == '.')
            return true;
    return false;
}

/* Calls see for each test of a document until it says what is not 0. */
static int each_test(struct runner_job *job, struct arena *arena, struct json root,
                     int (*see)(struct runner_job *, const char *, struct json, void *),
                     void *arg) {
    struct json suites = {0}, tests = {0};
    int rc = json_array(root, "testsuites", &suites);
    for (struct json s = json_first(suites); rc == 0 && s.node; s = json_next(s)) {
        const char *suite, *name;
        rc = json_str(s, "name", &suite);
        if (rc == 0)
            rc = json_array(s, "testsuite", &tests);
        for (struct json t = json_first(tests); rc == 0 && t.node; t = json_next(t)) {
            rc = json_str(t, "name", &name);
            if (rc == 0)
                rc = see(job, arena_printf(arena, "%s.%s", suite, name), t, arg);
        }
    }
    return rc;
}

/* A report that is read as if a test had recorded nothing that has a name of GoogleTest's own. */
static int load(struct json_doc **out, const char *path) {
    static const char *const lists[] = {"testsuites", "testsuite", "failures", "skipped", NULL};
    struct file file;
    struct buf text;
    int rc = file_read(&file, path, REPORT_MAX);
    if (rc < 0)
        return rc;
    buf_init(&text, 2 * REPORT_MAX);
    rekey(&text, (const char *)file.data, file.size, lists);
    file_done(&file);
    rc = json_parse(out, text.data, text.len, "the report of GoogleTest", 0);
    buf_done(&text);
    return rc;
}

static int add_test(struct runner_job *job, const char *name, struct json test, void *arg) {
    (void)test, (void)arg;
    const struct runner_test t = {.name = name,
                                  .skip = is_disabled(name) ? "the test is DISABLED_" : ""};
    return runner_add(job, &t);
}

static const char **words(struct runner_job *job, struct arena *arena, const char *report,
                          const char *which) {
    const char *const rest[] = {arena_printf(arena, "--gtest_output=json:%s", report),
                                "--gtest_color=no", which, NULL};
    return runner_words(arena, job->suite, rest);
}

static int list(struct runner_job *job) {
    struct json_doc *doc = NULL;
    struct child child;
    const char *report = arena_printf(&job->arena, "%s/list.json", job->scratch);
    const struct child_spec spec = {.argv = words(job, &job->arena, report, "--gtest_list_tests"),
                                    .cwd = job->suite->dir,
                                    .env = env};
    int rc = runner_child(&runner_gtest, job, &child, &spec);
    if (rc < 0)
        return rc;
    struct buf ended;
    buf_init(&ended, REPORT_MAX);
    child_put_end(&ended, &child);
    if (child.signal || child.exit_code != 0 || !file_exists(report))
        rc =
            err_set(ERR_FORMAT,
                    "%s did not list its tests to a file, as programs of GoogleTest 1.10 and later "
                    "do: %s: %s",
                    spec.argv[0], ended.data,
                    runner_last_line(&job->arena, child.words.data, child.words.len));
    buf_done(&ended);
    child_done(&child);
    if (rc == 0)
        rc = load(&doc, report);
    if (rc == 0)
        rc = each_test(job, &job->arena, json_root(doc), add_test, NULL);
    json_free(doc);
    return rc;
}

/* One test of a report, and what it is looked for. */
struct seen {
    const char *name;
    const struct child *child;
    struct runner_result *out;
};

static const char *first_message(struct arena *arena, struct json list, const char *key) {
    const char *text = "";
    (void)json_opt_str(json_at(list, 0), key, &text);
    return sentence_of(arena, text);
}

static int see_result(struct runner_job *job, const char *name, struct json test, void *arg) {
    struct seen *seen = arg;
    struct json failures = json_get(test, "failures"), skipped = json_get(test, "skipped");
    const char *ran = "", *how = "";
    if (strcmp(name, seen->name) != 0)
        return 0;
    int rc = json_str(test, "status", &ran);
    if (rc == 0)
        rc = json_opt_str(test, "result", &how);
    if (rc < 0 || strcmp(ran, "RUN") != 0)
        return rc;
    seen->out->status = ATTEMPT_PASS;
    if (json_len(failures)) {
        seen->out->status = ATTEMPT_FAIL;
        seen->out->message = first_message(&job->one, failures, "failure");
    } else if (strcmp(how, "SKIPPED") == 0) {
        seen->out->status = ATTEMPT_NA;
        seen->out->message = first_message(&job->one, skipped, "message");
        if (!*seen->out->message)
            seen->out->message = printed_reason(&job->one, seen->child);
        if (!*seen->out->message)
            seen->out->message = "the test says GTEST_SKIP()";
    }
    return 0;
}

/* A report that says nothing of the test leaves *out as the end of the process made it. */
static int read_report(struct runner_job *job, const char *path, struct seen *seen) {
    struct json_doc *doc;
    int rc = load(&doc, path);
    if (rc == ERR_NOTFOUND)
        return 0;
    if (rc == 0) {
        rc = each_test(job, &job->one, json_root(doc), see_result, seen);
        json_free(doc);
    }
    if (rc < 0) {
        seen->out->status = ATTEMPT_ERROR;
        seen->out->message = arena_strdup(&job->one, err_text());
    }
    return 0;
}

/* What passed in a program that ended badly did not pass: a leak that a sanitizer found, a
 * destructor that failed. */
static void check_end(struct runner_job *job, const struct child *c, struct runner_result *out) {
    if (out->status != ATTEMPT_PASS && out->status != ATTEMPT_NA)
        return;
    out->exit_code = -1;
    out->signal = 0;
    if (!c->signal && c->exit_code == 0)
        return;
    runner_take_end(job, c, out);
    if (c->signal)
        return;
    out->status = ATTEMPT_CRASH;
    out->exit_code = c->exit_code;
    const char *outside = printed_failure(&job->one, c);
    out->message =
        *outside ? arena_printf(&job->one, "outside of the test: %s", outside)
                 : arena_printf(&job->one, "no check failed, but it ended with exit status %d",
                                c->exit_code);
}

/* The wildcard for one character stands for what the filter reads otherwise. */
static const char *filter_of(struct arena *arena, const char *name) {
    char *filter = arena_printf(arena, "--gtest_filter=%s", name);
    for (char *at = filter + strlen("--gtest_filter="); *at; at++)
        if (strchr("*:-", *at))
            *at = '?';
    return filter;
}

static int run(struct runner_job *job, const struct runner_test *t, struct runner_result *out) {
    const char *report = arena_printf(&job->one, "%s/report.json", job->scratch);
    struct child child;
    struct seen seen = {.name = t->name, .child = &child, .out = out};
    (void)remove(report);
    const struct child_spec spec = {
        .argv = words(job, &job->one, report, filter_of(&job->one, t->name)),
        .cwd = job->suite->dir,
        .env = env};
    int rc = runner_child(&runner_gtest, job, &child, &spec);
    if (rc < 0)
        return rc;
    runner_take_end(job, &child, out);
    runner_take_log(job, &child, out);
    rc = read_report(job, report, &seen);
    check_end(job, &child, out);
    child_done(&child);
    return rc;
}

const struct runner runner_gtest = {
    .name = "gtest",
    .summary = "the tests of one program of GoogleTest",
    .dir = ".",
    .install = "build it (\"build\" of noctule.json)",
    .list = list,
    .run = run,
};
