/* SPDX-License-Identifier: Apache-2.0 */
/* pytest: the tests of a Python project, all of a cell in one process, which starts and collects
 * once. The worker becomes that process: scripts/pytest.py is a plugin of pytest that writes an
 * event before each test and one behind it. So a test that ends the process is told from those that
 * it did not let run, names are pytest's own (node ids), and what could not be collected is a case
 * of its own. JUnit's XML (--junitxml) would tell none of it before the end of the run.
 *
 * "program" is the Python: pytest of the same Python runs, as by `python3 -m pytest`. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "orchestrator/runner/runner.h"
#include "orchestrator/runner/script.h"

enum { CASES_MAX = 64 << 20, NUMBER_MAX = 16 };

const struct runner runner_pytest;

/* Not memfd_create() nor O_TMPFILE, which the sandbox has not. */
static int open_nameless(void) {
    char path[PATH_MAX];
    const char *tmp = getenv("TMPDIR");
    int n = snprintf(path, sizeof(path), "%s/noctule-cases-XXXXXX", tmp ? tmp : "/tmp");
    int fd = n < (int)sizeof(path) ? mkstemp(path) : -1;
    if (fd >= 0)
        (void)unlink(path);
    return fd;
}

/* The ids that are wanted, as a file without a name: there may be more than fit a command line. */
static int write_cases(bool list, const char *const *cases, int *out) {
    struct buf text;
    struct json_writer w;
    buf_init(&text, CASES_MAX);
    json_writer_init(&w, &text, 0);
    if (list)
        json_put_bool(&w, NULL, false);
    else if (!cases)
        json_put_null(&w, NULL);
    else
        json_open_array(&w, NULL);
    for (size_t i = 0; !list && cases && cases[i]; i++)
        json_put_str(&w, NULL, cases[i]);
    if (!list && cases)
        json_close_array(&w);
    int fd = open_nameless();
    bool ok = fd >= 0 && buf_ok(&text, "the list of cases") == 0 &&
              write(fd, text.data, text.len) == (ssize_t)text.len && lseek(fd, 0, SEEK_SET) == 0;
    buf_done(&text);
    *out = fd;
    return ok ? 0 : err_errno(ERR_IO, "cannot hand over the list of cases");
}

static const char *script_of(const char *name) {
    size_t i = 0;
    while (strcmp(runner_scripts[i].name, name) != 0)
        i++;
    return runner_scripts[i].text;
}

static int become(const struct runner_suite *suite, int events, bool list,
                  const char *const *cases) {
    char events_fd[NUMBER_MAX], cases_fd[NUMBER_MAX];
    struct arena arena;
    int fd = -1;
    int rc = write_cases(list, cases, &fd);
    if (rc < 0)
        return rc;
    arena_init(&arena, 0);
    (void)snprintf(events_fd, sizeof(events_fd), "%d", events);
    (void)snprintf(cases_fd, sizeof(cases_fd), "%d", fd);
    const char *const rest[] = {"-c", script_of("pytest"), events_fd, cases_fd, NULL};
    const struct runner_suite python = {.program = suite->program,
                                        .args = (const char **)(uintptr_t)rest};
    const char **argv = runner_words(&arena, &python, (const char *const *)suite->args);
    /* Compiled files would make the checkout a changed one, and those of another commit, made in
     * the same second, could be taken for this one's. */
    if (setenv("PYTHONDONTWRITEBYTECODE", "1", 1) != 0 || chdir(suite->dir) != 0)
        rc = err_errno(ERR_IO, "cannot go to %s", suite->dir);
    if (rc == 0) {
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        rc = errno == ENOENT
                 ? err_set(ERR_NOTFOUND,
                           "there is no program %s: %s, or name another as \"program\" of "
                           "the suite",
                           argv[0], runner_pytest.install)
                 : err_errno(ERR_IO, "cannot start %s", argv[0]);
    }
    arena_done(&arena);
    return rc;
}

static const char *program[] = {"python3", NULL};

const struct runner runner_pytest = {
    .name = "pytest",
    .summary = "the tests of a Python project",
    .program = program,
    .dir = ".",
    .install = "install the package python3-pytest",
    .become = become,
};
