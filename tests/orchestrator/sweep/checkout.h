/* SPDX-License-Identifier: Apache-2.0 */
/* checkout: a subject of the tests: noctule.json, fixtures, and a worker that is a shell script.
 *
 * Each fixture is a folder with a file `cases`, one "NAME ACTION" a line; worker.sh does what the
 * action says. So a test can change what a case does between two sweeps, or in the middle of one.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/file.h"
#include "orchestrator/store/cells.h"
#include "orchestrator/store/db.h"
#include "orchestrator/store/results.h"
#include "orchestrator/store/runs.h"
#include "tests/test.h"

static const char checkout_worker[] =
    "#!/bin/sh\n"
    "# worker.sh check FIXTURE --backend B --dtype D [--case ID]... [--list]\n"
    "fixture=$2; shift 2; family=${fixture##*/}; cases=; list=\n"
    "while [ $# -gt 0 ]; do case $1 in\n"
    "  --backend|--dtype) shift;; --list) list=1;; --case) shift; cases=\"$cases $1\";; esac; "
    "shift\n"
    "done\n"
    "echo \"$$ $list\" >>starts\n"
    "[ -e broken ] && { echo 'cannot read the fixture' >&2; exit 2; }\n"
    "all=; while read -r name action; do all=\"$all $family/$name\"; done <\"$fixture/cases\"\n"
    "[ -n \"$cases\" ] || cases=$all\n"
    "quoted=; for c in $all; do quoted=\"$quoted${quoted:+,}\\\"$c\\\"\"; done\n"
    "echo \"{\\\"event\\\":\\\"plan\\\",\\\"schema\\\":1,\\\"cases\\\":[$quoted]}\"\n"
    "[ -n \"$list\" ] && exit 0\n"
    "result() { echo "
    "\"{\\\"event\\\":\\\"result\\\",\\\"case\\\":\\\"$1\\\",\\\"status\\\":\\\"$2\\\",\\\"ms\\\":"
    "1.5,"
    "\\\"type\\\":\\\"t\\\",\\\"ref\\\":\\\"A1\\\",\\\"compared\\\":7$3}\"; }\n"
    "n=0; for c in $cases; do\n"
    "  while read -r name action; do [ \"$family/$name\" = \"$c\" ] && break; done "
    "<\"$fixture/cases\"\n"
    "  case $action in die) kill -9 $$;; leave) exit 0;; esac\n"
    "  echo \"{\\\"event\\\":\\\"started\\\",\\\"case\\\":\\\"$c\\\"}\"\n"
    "  echo \"words of $c\" >&2\n"
    "  case $action in\n"
    "    pass) result $c pass;;\n"
    "    loud) head -c 100000 /dev/zero | tr '\\0' x >&2; result $c pass;;\n"
    "    nothing) echo "
    "\"{\\\"event\\\":\\\"result\\\",\\\"case\\\":\\\"$c\\\",\\\"status\\\":\\\"pass\\\"}\";;\n"
    "    fail) result $c fail ',\"message\":\"it is wrong\"';;\n"
    "    numerics) result $c numerics ',\"nmse\":0.5,\"nmse_limit\":1e-10,\"message\":\"off\","
    "\"worst\":{\"key\":\"k\",\"index\":[0,3],\"got\":\"nan\",\"want\":1}';;\n"
    "    na) result $c na ',\"reason\":\"no such head\"';;\n"
    "    kill) kill -9 $$;;\n"
    "    abort) kill -ABRT $$;;\n"
    "    hang) sleep 1000;;\n"
    "    slow) sleep 0.3; result $c pass;;\n"
    "    wait) touch waiting; while [ ! -e go ]; do sleep 0.05; done; result $c pass;;\n"
    "    exit0) exit 0;;\n"
    "    exit3) exit 3;;\n"
    "    garbage) echo 'Segmentation fault? no: \"quoted\" nonsense';;\n"
    "    half) printf '{\"event\":\"resu'; exit 0;;\n"
    "    oom) dd if=/dev/zero of=/dev/null bs=900M count=1 || exit 1; result $c pass;;\n"
    "    takes*) result $c pass \",\\\"cpu_ms\\\":${action#takes }\";;\n"
    "    spikes*) if [ -e spiked ]; then t=1; else t=9; touch spiked; fi; result $c pass "
    "\",\\\"cpu_ms\\\":$t${action#spikes }\";;\n"
    "    breaks*) if [ -e broke ]; then result $c fail ',\"message\":\"at last\"'; else touch "
    "broke; "
    "result $c pass \",\\\"cpu_ms\\\":${action#breaks }\"; fi;;\n"
    "    waits*) if [ -e ran ]; then touch waiting; while [ ! -e go ]; do sleep 0.05; done; else "
    "touch ran; fi; result $c pass \",\\\"cpu_ms\\\":${action#waits }\";;\n"
    "    off*) result $c pass \",\\\"nmse\\\":${action#off },\\\"nmse_limit\\\":1e-6,"
    "\\\"golden_sha256\\\":\\\"$(cat golden)\\\"\";;\n"
    "    flaky) if [ -e flaked ]; then result $c pass; else touch flaked; "
    "result $c fail ',\"message\":\"once\"'; fi;;\n"
    "  esac; n=$((n + 1))\n"
    "done\n"
    "calibration=; [ -e calibration ] && calibration="
    "\",\\\"calibration\\\":{\\\"version\\\":1,\\\"ms\\\":$(cat calibration)}\"\n"
    "echo \"{\\\"event\\\":\\\"done\\\",\\\"cases\\\":$n$calibration}\"\n";

static const char checkout_config[] =
    "{ // of the tests\n"
    "  \"schema\": 1, \"name\": \"subject\", \"workers\": 2,\n"
    "  \"suites\": [{\"name\": \"compat\", \"kind\": \"noctule-check\", \"fixtures\": "
    "\"fixtures/*\",\n"
    "    \"command\": [\"./worker.sh\", \"check\", \"{fixture}\", \"--backend\", \"{backend}\","
    " \"--dtype\", \"{dtype}\"],\n"
    "    \"axes\": {\"dtype\": [\"f32\"], \"backend\": [\"cpu\"]},\n"
    "    \"time_limit\": {\"default_s\": 2, \"floor_s\": 1, \"startup_s\": 20},\n"
    "    \"memory_limit_mib\": 600, \"retries\": %d}],\n"
    "}\n";

static char checkout_root[4200];
static char checkout_said[1 << 16]; /* stdout and stderr of the last command */

static inline const char *checkout_path(const char *name) {
    static char path[8192];
    snprintf(path, sizeof(path), "%s/%s", checkout_root, name);
    return path;
}

static inline void checkout_write(const char *name, const char *text) {
    EXPECT(file_replace(checkout_path(name), text, strlen(text)) == 0);
}

static inline void checkout_cases(const char *family, const char *cases) {
    char name[256];
    snprintf(name, sizeof(name), "fixtures/%s", family);
    EXPECT(file_make_dirs(checkout_path(name)) == 0);
    snprintf(name, sizeof(name), "fixtures/%s/cases", family);
    checkout_write(name, cases);
}

static inline void checkout_make_at(const char *root, int retries) {
    char config[2048];
    snprintf(checkout_root, sizeof(checkout_root), "%s", root);
    snprintf(config, sizeof(config), checkout_config, retries);
    checkout_write("noctule.json", config);
    checkout_write("worker.sh", checkout_worker);
    EXPECT(chmod(checkout_path("worker.sh"), 0755) == 0);
}

static inline void checkout_make(int retries) {
    checkout_make_at(test_folder(), retries);
}

/* Starts noctule ARGS in the checkout, its words into the file `said`. */
static inline pid_t checkout_spawn(const char *args) {
    char line[8192], self[4096];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    self[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (slash)
        *slash = '\0'; /* BUILD/tests/test.x → BUILD/noctule */
    snprintf(line, sizeof(line), "exec \"%s/../noctule\" %s >said 2>&1", self, args);
    pid_t pid = fork();
    if (pid == 0) {
        if (chdir(checkout_root) != 0)
            _exit(126);
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    return pid;
}

/* Its exit status, or 128 and the signal; checkout_said holds what it said. */
static inline int checkout_wait(pid_t pid) {
    int status = -1;
    struct file said;
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return -1;
    checkout_said[0] = '\0';
    if (file_read(&said, checkout_path("said"), sizeof(checkout_said) - 1) == 0) {
        snprintf(checkout_said, sizeof(checkout_said), "%s", (const char *)said.data);
        file_done(&said);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static inline int checkout_run(const char *args) {
    return checkout_wait(checkout_spawn(args));
}

/* A line for sh in the checkout; its exit status. */
static inline int checkout_sh(const char *line) {
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        if (chdir(checkout_root) != 0)
            _exit(126);
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Until a file is there, at most 20 s. */
static inline bool checkout_await(const char *name) {
    for (int i = 0; i < 400; i++) {
        if (file_exists(checkout_path(name)))
            return true;
        (void)usleep(50000);
    }
    return false;
}

/* The newest run and its results, by cell and case. */
struct checkout_view {
    struct arena arena;
    struct run run;
    struct result *results;
    size_t len;
};

static inline void checkout_look(struct checkout_view *v) {
    struct db *db = NULL;
    struct run *newest = NULL;
    size_t runs = 0;
    *v = (struct checkout_view){0};
    arena_init(&v->arena, 0);
    if (!test_check(db_open(&db, checkout_path("logs/noctule.db"), DB_READ) == 0, __FILE__,
                    __LINE__, "the index opens"))
        return;
    EXPECT(runs_list(db, &v->arena, NULL, 1, &newest, &runs) == 0);
    if (runs) {
        v->run = *newest;
        EXPECT(results_list(db, &v->arena, &(struct result_filter){.run = newest->id}, &v->results,
                            &v->len) == 0);
    }
    db_close(db);
}

static inline void checkout_look_away(struct checkout_view *v) {
    arena_done(&v->arena);
}

/* "pass" … of a case of family alpha, or "?" */
static inline const struct result *checkout_result(const struct checkout_view *v,
                                                   const char *name) {
    static const struct result none = {.verdict = VERDICT_NONE, .last = {.message = "?"}};
    for (size_t i = 0; i < v->len; i++)
        if (strcmp(v->results[i].case_name, name) == 0)
            return &v->results[i];
    return &none;
}
/* Until the newest run has that many verdicts: the worker runs ahead of what is recorded. */
static inline void checkout_await_recorded(int64_t cases) {
    int64_t recorded = -1;
    for (int i = 0; i < 400 && recorded < cases; i++) {
        struct checkout_view v;
        checkout_look(&v);
        recorded = v.run.recorded;
        checkout_look_away(&v);
        if (recorded < cases)
            (void)usleep(50000);
    }
    EXPECT_INT(recorded, cases);
}
#define EXPECT_VERDICT(view, name, word) \
    EXPECT_STR(verdict_name(checkout_result(view, name)->verdict), word)
