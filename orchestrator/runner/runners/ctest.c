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
#include "orchestrator/runner/telling.h"

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

/* What ctest prints behind the dots of a test (cmCTestRunTest.cxx, cmProcess.cxx). */
static const struct {
    const char *words;
    int signal;
} killed[] = {
    {"***Exception: SegFault",   SIGSEGV},
    {"***Exception: Illegal",    SIGILL },
    {"***Exception: Numerical",  SIGFPE },
    {"***Exception: Interrupt",  SIGINT },
    {"Bus error***",             SIGBUS },
    {"Subprocess aborted***",    SIGABRT},
    {"Subprocess killed***",     SIGKILL},
    {"Subprocess terminated***", SIGTERM},
    {"Child aborted***",         SIGABRT},
    {"Child killed***",          SIGKILL},
    {"Child terminated***",      SIGTERM},
    {NULL,                       0      },
};

/* Of what no signal ended; the first row that it begins with counts. */
static const struct {
    const char *words;
    enum attempt_status status;
    const char *message;
} endings[] = {
    {"***Exception:",         ATTEMPT_CRASH,   "it was killed by a signal"             },
    {"***Timeout",            ATTEMPT_TIMEOUT, "it took longer than its own TIMEOUT"   },
    {"***Skipped",            ATTEMPT_NA,      "the test says that it is to be skipped"},
    {"***Not Run (Disabled)", ATTEMPT_NA,      "the test is DISABLED"                  },
    {"***Not Run",            ATTEMPT_ERROR,   "ctest did not run it"                  },
    {"***Failed",             ATTEMPT_FAIL,    "it failed and printed nothing"         },
    {"",                      ATTEMPT_ERROR,   "ctest reports no pass and no failure"  },
};

static bool begins_with(const char *text, const char *words) {
    return strncmp(text, words, strlen(words)) == 0;
}

/* Behind the dots of the last line of that number: "1/1 Test  #7: NAME .....***Timeout   1.01 sec",
 * where NAME may hold anything, also newlines. The lines of the test itself all have its number in
 * front, so this one is not its own. "" without one. */
static const char *ending_of(const char *text, const struct runner_test *t) {
    char mark[SPAN_MAX];
    const char *found = "";
    int len = snprintf(mark, sizeof(mark), "#%ld: ", t->number);
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        const char *at = strstr(line, "Test "), *end = strchrnul(line, '\n');
        at = at && at < end ? at + strlen("Test ") : end;
        at += strspn(at, " ");
        if (strncmp(at, mark, (size_t)len) != 0 ||
            !isdigit((unsigned char)line[strspn(line, " ")]) ||
            strncmp(at + len, t->name, strlen(t->name)) != 0)
            continue;
        found = at + len + strlen(t->name);
        found += strspn(found, " .");
    }
    return found;
}

/* "SIGPIPE***Exception: " and "Signal 37***Exception: " are the signals that have no row. */
static int signal_in(const char *ending) {
    for (size_t i = 0; killed[i].words; i++)
        if (begins_with(ending, killed[i].words))
            return killed[i].signal;
    for (int number = 1; number < NSIG; number++) {
        char words[2][SPAN_MAX];
        const char *name = sigabbrev_np(number);
        (void)snprintf(words[0], SPAN_MAX, "SIG%s***", name ? name : "?");
        (void)snprintf(words[1], SPAN_MAX, "Signal %d***", number);
        if (begins_with(ending, words[0]) || begins_with(ending, words[1]))
            return number;
    }
    return 0;
}

/* How a test ended that did not pass. */
static void take_ending(struct runner_job *job, const char *ending, struct runner_result *out) {
    const struct child child = {.exit_code = -1, .signal = signal_in(ending)};
    size_t i = 0;
    if (child.signal) {
        runner_take_end(job, &child, out);
        return;
    }
    while (!begins_with(ending, endings[i].words))
        i++;
    out->signal = 0;
    out->status = endings[i].status;
    out->message = endings[i].message;
}

/* The lines of the test as they come, behind ctest's own. */
struct said {
    bool begun;
    struct telling telling;
};

static const char last_of_preamble[] = "Test timeout computed to be: ";

static void see(void *arg, const char *line, size_t len) {
    struct said *said = arg;
    if (said->begun)
        telling_see(&said->telling, line, len);
    else
        said->begun = len > strlen(last_of_preamble) && begins_with(line, last_of_preamble);
}

/* The reason, and what the test said of it: by its lines and not by the report, whose copy ctest
 * cuts. */
static void take_case(struct runner_job *job, const struct junit_case *c, const char *ending,
                      const struct telling *said, struct runner_result *out) {
    out->exit_code = -1;
    if (c->outcome == JUNIT_PASS) {
        out->status = ATTEMPT_PASS;
        out->signal = 0;
        return;
    }
    take_ending(job, ending, out);
    const char *why = said->last;
    if (!*why && out->status == ATTEMPT_ERROR) /* it wrote nothing: ctest says why there */
        why = runner_last_line(&job->one, c->out, strlen(c->out));
    if (!*why && out->status == ATTEMPT_ERROR)
        why = c->message;
    if (*said->last && out->status == ATTEMPT_FAIL)
        out->message = arena_strdup(&job->one, telling_best(said));
    else if (*why && (out->status == ATTEMPT_NA || out->status == ATTEMPT_ERROR))
        out->message = arena_printf(&job->one, "%s: %s", out->message, why);
}

/* Whether an attribute of the report holds the name: there, a reader of XML makes white space
 * blanks. */
static bool is_named(const char *attribute, const char *name) {
    while (*name && (*attribute == *name || (*attribute == ' ' && strchr("\t\n\r", *name))))
        attribute++, name++;
    return !*name && !*attribute;
}

/* Fixtures ran, too, and stand in the report before the test. */
static int read_report(struct runner_job *job, const char *path, const struct runner_test *t,
                       const char *others, const struct said *said, struct runner_result *out) {
    const char *ending = ending_of(others, t);
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
        if (is_named(report.cases[i].name, t->name))
            take_case(job, &report.cases[i], ending, &said->telling, out);
    if (rc < 0) {
        out->status = ATTEMPT_ERROR;
        out->message =
            arena_printf(&job->one, "what ctest reported cannot be read: %s", err_text());
    }
    return 0;
}

/* ctest's own words before those of the test. */
static void drop_preamble(struct runner_result *out) {
    const char *at = strstr(out->log, last_of_preamble);
    const char *end = at ? strchr(at, '\n') : NULL;
    if (!begins_with(out->log, "Test command: ") || !end)
        return;
    out->log_len -= (size_t)(end + 1 - out->log);
    out->log = end + 1;
}

static int run(struct runner_job *job, const struct runner_test *t, struct runner_result *out) {
    char span[SPAN_MAX], prefix[PREFIX_MAX];
    const char *report = arena_printf(&job->one, "%s/report.xml", job->scratch);
    const char *const rest[] = {"-I", span, "-V", "--output-junit", report, NULL};
    struct child child;
    struct buf others;
    struct said said = {0};
    (void)snprintf(span, sizeof(span), "%ld,%ld", t->position, t->position);
    (void)snprintf(prefix, sizeof(prefix), "%ld: ", t->number);
    (void)remove(report);
    buf_init(&others, REPORT_MAX);
    const struct child_spec spec = {.argv = runner_words(&job->one, job->suite, rest),
                                    .cwd = job->scratch,
                                    .prefix = prefix,
                                    .others = &others,
                                    .see = see,
                                    .see_arg = &said};
    int rc = runner_child(&runner_ctest, job, &child, &spec);
    if (rc == 0) {
        runner_take_end(job, &child, out);
        runner_take_log(job, &child, out);
        drop_preamble(out);
        rc = read_report(job, report, t, others.data, &said, out);
        child_done(&child);
    }
    buf_done(&others);
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
