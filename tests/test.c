/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include <ftw.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { TESTS_MAX = 1024, FOLDERS_MAX = 1024, SKIPPED = 77 };

struct test {
    const char *name, *file;
    int line;
    test_fn *fn;
};

/* Constructors fill these before main() runs; plain memory, so nothing can fail there. */
static struct test tests[TESTS_MAX];
static int test_count;
static char *folders[FOLDERS_MAX];
static int folder_count;

/* Of the test that runs. Atomic: a test may check from its own threads. */
static _Atomic int checks, failures;

static void die(const char *what) {
    (void)fprintf(stderr, "%s\n", what);
    exit(1);
}

void test_register(const char *name, const char *file, int line, test_fn *fn) {
    if (test_count == TESTS_MAX)
        die("too many tests in one executable");
    tests[test_count++] = (struct test){name, file, line, fn};
}

bool test_check(bool cond, const char *file, int line, const char *fmt, ...) {
    checks++;
    if (cond)
        return true;
    failures++;
    va_list ap;
    va_start(ap, fmt);
    (void)printf("%s:%d: ", file, line);
    (void)vprintf(fmt, ap);
    (void)printf("\n");
    va_end(ap);
    return false;
}

void test_skip(const char *reason) {
    (void)printf("skipped: %s\n", reason);
    exit(SKIPPED);
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at) {
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static void remove_folders(void) {
    for (int i = 0; i < folder_count; i++) {
        nftw(folders[i], remove_entry, 16, FTW_DEPTH | FTW_PHYS);
        free(folders[i]);
    }
}

const char *test_folder(void) {
    const char *tmp = getenv("TMPDIR");
    char path[4096];
    (void)snprintf(path, sizeof(path),
                   "%s/noctule-test-XX"
                   "XX"
                   "XX",
                   tmp && *tmp ? tmp : "/tmp");
    if (folder_count == FOLDERS_MAX || !mkdtemp(path))
        die("cannot make a folder for the test");
    if (folder_count == 0)
        atexit(remove_folders);
    return folders[folder_count++] = strdup(path);
}

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static bool run(const struct test *t) {
    checks = failures = 0;
    double begin = now_ms();
    t->fn();
    double ms = now_ms() - begin;
    if (checks == 0) {
        (void)printf("%s:%d: %s checked nothing\n", t->file, t->line, t->name);
        failures++;
    }
    (void)printf("%s  %s (%d checks, %.2f ms)\n", failures ? "FAIL" : "ok  ", t->name, checks, ms);
    return failures == 0;
}

static const struct test *find(const char *name) {
    for (int i = 0; i < test_count; i++)
        if (strcmp(tests[i].name, name) == 0)
            return &tests[i];
    (void)fprintf(stderr, "there is no test \"%s\"\n", name);
    exit(2);
}

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IOLBF, 0); /* a crash must not lose the lines before it */
    int passed = 0, count = argc > 1 ? argc - 1 : test_count;
    for (int i = 0; i < count; i++)
        passed += run(argc > 1 ? find(argv[i + 1]) : &tests[i]);
    (void)printf("%d passed, %d failed\n", passed, count - passed);
    if (count == 0)
        (void)printf("there is nothing to run\n");
    return passed == count && count > 0 ? 0 : 1;
}
