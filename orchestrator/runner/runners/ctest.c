/* SPDX-License-Identifier: Apache-2.0 */
/* ctest: the tests of a CMake build. One ctest per case, so that properties, fixtures, regular
 * expressions and time limits of a test mean what CMake says they mean; the result is read from the
 * JUnit file that ctest writes (--output-junit, CMake 3.21 and later).
 *
 * Names may stand there twice, in two folders; a place in the list is one test. -I counts places in
 * what -R, -L and their like leave, and what is printed has the number among all tests. The list in
 * JSON has no numbers and the list in lines (-N) no properties, but their order is the same. */
#include <ctype.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "orchestrator/parse/junit.h"
#include "orchestrator/runner/child.h"
#include "orchestrator/runner/runner.h"

enum { LIST_MAX = 64 << 20, REPORT_MAX = 64 << 20, SPAN_MAX = 64, PREFIX_MAX = 32 };

const struct runner runner_ctest;

/* The folder that ctest is called from: its only part is the build, and it has what ctest reads of
 * one. For ctest takes notes where it is called, in Testing/, even when it only lists; and a build
 * that is judged may be read alone. */
static int make_stand_in(const char *dir, const char *to) {
    static const char *const read[] = {"CTestCustom.cmake", "DartConfiguration.tcl", NULL};
    char build[PATH_MAX];
    struct buf text, from, link;
    if (!realpath(dir, build))
        return err_errno(ERR_IO, "cannot find %s", dir);
    buf_init(&text, PATH_MAX * 2);
    buf_init(&from, PATH_MAX * 2);
    buf_init(&link, PATH_MAX * 2);
    buf_printf(&text, "subdirs([==[%s]==])\n", build);
    int rc = file_replace(file_join(&link, to, "CTestTestfile.cmake"), text.data, text.len);
    for (size_t i = 0; rc == 0 && read[i]; i++)
        if (symlink(file_join(&from, build, read[i]), file_join(&link, to, read[i])) != 0)
            rc = err_errno(ERR_IO, "cannot link %s", link.data);
    buf_done(&link);
    buf_done(&from);
    buf_done(&text);
    return rc;
}

/* One listing of all tests. */
static int ask(struct runner_job *job, const char *how, struct buf *out) {
    const char *const rest[] = {how, NULL};
    struct child child;
    const struct child_spec spec = {
        .argv = runner_words(&job->arena, job->suite, rest), .cwd = job->scratch, .out = out};
    int rc = runner_child(&runner_ctest, job, &child, &spec);
    if (rc < 0)
        return rc;
    if (child.signal || child.exit_code != 0)
        rc = err_set(ERR_FORMAT, "%s %s ended with %s %d: %s", spec.argv[0], how,
                     child.signal ? "signal" : "exit status",
                     child.signal ? child.signal : child.exit_code,
                     runner_last_line(&job->arena, child.words.data, child.words.len));
    child_done(&child);
    return rc;
}

/* The number of a line "  Test  #7: NAME", and where its name begins; 0 for any other. */
static long number_of(const char *line, const char **name) {
    static const char word[] = "  Test ";
    char *end;
    if (strncmp(line, word, strlen(word)) != 0)
        return 0;
    line += strlen(word);
    line += strspn(line, " ");
    if (line[0] != '#' || !isdigit((unsigned char)line[1]))
        return 0;
    long number = strtol(line + 1, &end, 10);
    if (strncmp(end, ": ", 2) != 0)
        return 0;
    *name = end + 2;
    return number;
}

/* The next such line of *text, which is put behind it. False when there is no more. */
static bool next_numbered(const char **text, long *number, const char **name) {
    while (**text) {
        const char *line = *text, *end = strchrnul(line, '\n');
        *text = *end ? end + 1 : end;
        if ((*number = number_of(line, name)) > 0)
            return true;
    }
    return false;
}

static bool is_property(struct json test, const char *name) {
    bool on = false;
    for (struct json p = json_first(json_get(test, "properties")); p.node; p = json_next(p)) {
        const char *key = "";
        (void)json_opt_str(p, "name", &key);
        if (strcmp(key, name) == 0)
            (void)json_opt_bool(p, "value", &on);
    }
    return on;
}

/* The two lists side by side. A name of several lines shows its first in the lines. */
static int read_tests(struct runner_job *job, struct json list, const char *lines) {
    int rc = 0;
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v)) {
        struct runner_test t = {0};
        const char *shown = "";
        rc = json_str(v, "name", &t.name);
        if (rc == 0 && (!next_numbered(&lines, &t.number, &shown) ||
                        strncmp(shown, t.name, strcspn(t.name, "\n")) != 0))
            rc = err_set(ERR_FORMAT, "ctest -N does not show the test \"%.200s\" in its place",
                         t.name);
        if (rc < 0)
            break;
        t.skip = is_property(v, "DISABLED") ? "the test is DISABLED" : "";
        rc = runner_add(job, &t);
    }
    return rc;
}

static int check_build(const char *dir) {
    struct buf path;
    buf_init(&path, LIST_MAX);
    int rc = 0;
    if (!file_exists(file_join(&path, dir, "CTestTestfile.cmake")))
        rc = err_set(ERR_NOTFOUND,
                     "%s is no build folder with tests: it holds no CTestTestfile.cmake; configure "
                     "it (\"build\" of noctule.json), name another as \"dir\" of the suite, or say "
                     "enable_testing() in CMakeLists.txt",
                     dir);
    buf_done(&path);
    return rc;
}

static int list(struct runner_job *job) {
    struct buf json, lines;
    struct json_doc *doc = NULL;
    struct json tests = {0};
    buf_init(&json, LIST_MAX);
    buf_init(&lines, LIST_MAX);
    int rc = check_build(job->suite->dir);
    if (rc == 0)
        rc = make_stand_in(job->suite->dir, job->scratch);
    if (rc == 0)
        rc = ask(job, "--show-only=json-v1", &json);
    if (rc == 0)
        rc = ask(job, "-N", &lines);
    if (rc == 0)
        rc = json_parse(&doc, json.data, json.len, "the list of ctest", 0);
    if (rc == 0)
        rc = json_array(json_root(doc), "tests", &tests);
    if (rc == 0)
        rc = read_tests(job, tests, lines.data);
    json_free(doc);
    buf_done(&json);
    buf_done(&lines);
    return rc;
}

/* What ctest prints behind the dots of a test (cmCTestRunTest.cxx); the first that is found there
 * counts. The lines of the test itself all have its number in front, so this one is not its own. */
static const struct {
    const char *words;
    enum attempt_status status;
    int signal;
    const char *message;
} endings[] = {
    {"***Exception: SegFault",  ATTEMPT_CRASH,   SIGSEGV, "it was killed by SIGSEGV"              },
    {"***Exception: Illegal",   ATTEMPT_CRASH,   SIGILL,  "it was killed by SIGILL"               },
    {"***Exception: Numerical", ATTEMPT_CRASH,   SIGFPE,  "it was killed by SIGFPE"               },
    {"***Exception: Interrupt", ATTEMPT_CRASH,   SIGINT,  "it was killed by SIGINT"               },
    {"Subprocess aborted***",   ATTEMPT_CRASH,   SIGABRT, "it was killed by SIGABRT"              },
    {"Child aborted***",        ATTEMPT_CRASH,   SIGABRT, "it was killed by SIGABRT"              },
    {"Subprocess killed***",    ATTEMPT_CRASH,   SIGKILL, "it was killed by SIGKILL"              },
    {"Child killed***",         ATTEMPT_CRASH,   SIGKILL, "it was killed by SIGKILL"              },
    {"***Exception:",           ATTEMPT_CRASH,   0,       "it was killed by a signal"             },
    {"***Timeout",              ATTEMPT_TIMEOUT, 0,       "it took longer than its own TIMEOUT"   },
    {"***Skipped",              ATTEMPT_NA,      0,       "the test says that it is to be skipped"},
    {"***Not Run (Disabled)",   ATTEMPT_NA,      0,       "the test is DISABLED"                  },
    {"***Not Run",              ATTEMPT_ERROR,   0,       "ctest did not run it"                  },
    {"***Failed",               ATTEMPT_FAIL,    0,       "it failed and printed nothing"         },
    {NULL,                      ATTEMPT_NONE,    0,       NULL                                    },
};

/* The line of that number: "1/1 Test  #7: NAME .....***Timeout   1.01 sec". NULL without one. */
static const char *status_line(const char *text, long number) {
    char mark[SPAN_MAX];
    const char *found = NULL;
    (void)snprintf(mark, sizeof(mark), "#%ld: ", number);
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        const char *at = strstr(line, "Test "), *end = strchrnul(line, '\n');
        at = at && at < end ? at + strlen("Test ") : end;
        at += strspn(at, " ");
        if (strncmp(at, mark, strlen(mark)) == 0 && isdigit((unsigned char)line[strspn(line, " ")]))
            found = line;
    }
    return found;
}

static bool line_has(const char *line, const char *words) {
    return memmem(line, strcspn(line, "\n"), words, strlen(words)) != NULL;
}

/* The reason, and the last that the test said of it. */
static void take_case(struct runner_job *job, const struct junit_case *c, const char *line,
                      struct runner_result *out) {
    const char *last = runner_last_line(&job->one, c->out, strlen(c->out));
    size_t i = 0;
    out->exit_code = -1;
    if (c->outcome == JUNIT_PASS) {
        out->status = ATTEMPT_PASS;
        return;
    }
    while (endings[i].words && !(line && line_has(line, endings[i].words)))
        i++;
    out->status = endings[i].words ? endings[i].status : ATTEMPT_ERROR;
    out->signal = endings[i].words ? endings[i].signal : 0;
    out->message = endings[i].words ? endings[i].message : "ctest reports no pass and no failure";
    if (*last && out->status == ATTEMPT_FAIL)
        out->message = runner_telling_line(&job->one, c->out, strlen(c->out));
    else if (*last && out->status == ATTEMPT_NA)
        out->message = arena_printf(&job->one, "%s: %s", out->message, last);
    else if (*c->message && out->status == ATTEMPT_ERROR)
        out->message = arena_printf(&job->one, "%s: %s", out->message, *last ? last : c->message);
}

/* Fixtures ran, too, and stand in the report before the test. */
static int read_report(struct runner_job *job, const char *path, const struct runner_test *t,
                       const char *said, struct runner_result *out) {
    const char *line = status_line(said, t->number);
    struct junit report;
    struct file text;
    int rc = file_read(&text, path, REPORT_MAX);
    if (rc == ERR_NOTFOUND)
        return 0; /* ctest ended before it wrote one */
    if (rc == 0) {
        rc = junit_parse(&report, &job->one, (const char *)text.data, text.size);
        file_done(&text);
    }
    for (size_t i = 0; rc == 0 && i < report.len; i++)
        if (strcmp(report.cases[i].name, t->name) == 0)
            take_case(job, &report.cases[i], line, out);
    if (rc < 0) {
        out->status = ATTEMPT_ERROR;
        out->message =
            arena_printf(&job->one, "what ctest reported cannot be read: %s", err_text());
    }
    return 0;
}

/* ctest's own words before those of the test. */
static void drop_preamble(struct runner_result *out) {
    static const char mark[] = "Test timeout computed to be: ";
    const char *at = strstr(out->log, mark);
    const char *end = at ? strchr(at, '\n') : NULL;
    if (strncmp(out->log, "Test command: ", strlen("Test command: ")) != 0 || !end)
        return;
    out->log_len -= (size_t)(end + 1 - out->log);
    out->log = end + 1;
}

static int run(struct runner_job *job, const struct runner_test *t, struct runner_result *out) {
    char span[SPAN_MAX], prefix[PREFIX_MAX];
    const char *report = arena_printf(&job->one, "%s/report.xml", job->scratch);
    const char *const rest[] = {"-I", span, "-V", "--output-junit", report, NULL};
    struct child child;
    struct buf said;
    (void)snprintf(span, sizeof(span), "%ld,%ld", t->position, t->position);
    (void)snprintf(prefix, sizeof(prefix), "%ld: ", t->number);
    (void)remove(report);
    buf_init(&said, REPORT_MAX);
    const struct child_spec spec = {.argv = runner_words(&job->one, job->suite, rest),
                                    .cwd = job->scratch,
                                    .prefix = prefix,
                                    .others = &said};
    int rc = runner_child(&runner_ctest, job, &child, &spec);
    if (rc == 0) {
        runner_take_end(job, &child, out);
        runner_take_log(job, &child, out);
        drop_preamble(out);
        rc = read_report(job, report, t, said.data, out);
        child_done(&child);
    }
    buf_done(&said);
    return rc;
}

static const char *program[] = {"ctest", NULL};

const struct runner runner_ctest = {
    .name = "ctest",
    .summary = "the tests of a CMake build folder",
    .program = program,
    .dir = "{build}",
    .install = "install the package cmake",
    .list = list,
    .run = run,
};
