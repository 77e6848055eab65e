/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/witness.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "tests/test.h"

enum { PATH_BYTES = 4096 };

static const enum sandbox_level levels[] = {SANDBOX_NAMESPACES, SANDBOX_LANDLOCK, SANDBOX_LIMITS};
enum { LEVELS = sizeof(levels) / sizeof(*levels) };

static bool is_here(enum sandbox_level level) {
    int abi;
    enum sandbox_level best = sandbox_best(&abi);
    return level <= best && (level != SANDBOX_LANDLOCK || abi >= 6);
}

static const char *tree(void) {
    static char path[PATH_BYTES];
    char below[PATH_BYTES + 64];
    if (!*path) {
        const char *folder = test_folder();
        (void)chmod(folder, 0755); /* the sandbox of root has a user of its own */
        (void)snprintf(path, sizeof(path), "%s/tree", folder);
    }
    (void)mkdir(path, 0755);
    static const char *const folders[] = {"tests", "src"};
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(below, sizeof(below), "%s/%s", path, folders[i]);
        (void)mkdir(below, 0755);
    }
    (void)snprintf(below, sizeof(below), "%s/tests/expected", path);
    FILE *f = fopen(below, "w");
    if (f)
        (void)fclose(f);
    return path;
}

static int run_line(const char *line, enum sandbox_level level, bool witness, struct buf *said,
                    struct sandbox_report *report) {
    static const char *const read_only[] = {"tests/", NULL};
    const char *argv[] = {"sh", "-c", line, NULL};
    struct sandbox_spec spec = {.argv = argv,
                                .tree = tree(),
                                .read_only = read_only,
                                .least = SANDBOX_LIMITS,
                                .only = level,
                                .witness = witness,
                                .limits = {.wall_ms = 30000}};
    struct sandbox_sink sink = {-1, said};
    return sandbox_run(&spec, &sink, &sink, NULL, report);
}

/* Whether a process has that word in its command line. */
static bool is_running(const char *word) {
    bool found = false;
    DIR *all = opendir("/proc");
    for (const struct dirent *e; all && !found && (e = readdir(all));) {
        char path[512], text[PATH_BYTES];
        (void)snprintf(path, sizeof(path), "/proc/%s/cmdline", e->d_name);
        FILE *f = e->d_name[0] >= '1' && e->d_name[0] <= '9' ? fopen(path, "r") : NULL;
        size_t n = f ? fread(text, 1, sizeof(text), f) : 0;
        found = memmem(text, n, word, strlen(word)) != NULL;
        if (f)
            (void)fclose(f);
    }
    if (all)
        closedir(all);
    return found;
}

/* What is seen at each level, and that nothing else is. */
static void expect_seen(const char *line, enum sandbox_sight sight, const char *what) {
    for (size_t l = 0; l < LEVELS; l++) {
        struct sandbox_report report;
        struct buf said;
        if (!is_here(levels[l]))
            continue;
        buf_init(&said, 1 << 16);
        int rc = run_line(line, levels[l], true, &said, &report);
        (void)test_check(rc == 0, __FILE__, __LINE__, "%s: %s", line, err_text());
        EXPECT(report.witness.there);
        for (int s = 0; s < SANDBOX_SIGHTS; s++)
            (void)test_check((report.witness.times[s] > 0) == (s == (int)sight), __FILE__, __LINE__,
                             "%s at level %s: %s %lld times (%s)", line,
                             sandbox_level_name(levels[l]),
                             sandbox_sight_name((enum sandbox_sight)s),
                             (long long)report.witness.times[s], report.witness.first[s][0].what);
        if (sight < SANDBOX_SIGHTS)
            EXPECT_HAS(report.witness.first[sight][0].what, what);
        buf_done(&said);
    }
}

TEST(what_is_in_order_is_not_seen) {
    expect_seen("echo x >src/new; cp src/new src/copy; mv src/copy src/there; rm src/there src/new",
                SANDBOX_SIGHTS, "");
    expect_seen("cat tests/expected; ls -l tests; echo x >/dev/null; echo y >$TMPDIR/scratch",
                SANDBOX_SIGHTS, "");
    /* Libraries look for a daemon of users, and for the addresses of the machine. */
    expect_seen("id -u; perl -e 'my @p = getpwuid(0); socket(S, 1, 1, 0); socket(S, 16, 3, 0)'",
                SANDBOX_SIGHTS, "");
    expect_seen("git --version; git log push", SANDBOX_SIGHTS, "");
    expect_seen("sleep 0.05 & wait; (sleep 0.02 &)", SANDBOX_SIGHTS, "");
    expect_seen("mkdir tests/__pycache__ 2>&1 && rmdir tests/__pycache__; true", SANDBOX_SIGHTS,
                "");
}

TEST(a_network_is_seen) {
    expect_seen("perl -e 'socket(S, 2, 1, 6) or print \"no\"'", SANDBOX_SAW_NETWORK,
                "a socket of IPv4, a stream");
    expect_seen("perl -e 'socket(S, 10, 2, 0)'", SANDBOX_SAW_NETWORK,
                "a socket of IPv6, datagrams");
    expect_seen("perl -e 'socket(S, 17, 3, 0)'", SANDBOX_SAW_NETWORK,
                "a socket of packets, raw packets");
}

TEST(a_push_is_seen_with_its_words) {
    expect_seen("git push origin HEAD", SANDBOX_SAW_PUSH, "git push origin HEAD");
    expect_seen("git -C src push --force origin HEAD", SANDBOX_SAW_FORCE_PUSH,
                "git -C src push --force origin HEAD");
    expect_seen("env git push origin +HEAD:main", SANDBOX_SAW_FORCE_PUSH, "+HEAD:main");
    expect_seen("perl -e 'exec { \"/usr/bin/git\" } \"innocent\", \"push\", \"-f\"'",
                SANDBOX_SAW_FORCE_PUSH, "innocent push -f");
}

TEST(writing_where_it_may_not_is_seen) {
    static const char *const lines[] = {
        "echo 41 >tests/expected",
        "cd src; echo 41 >>../tests/expected",
        "rm -f tests/expected",
        "echo 41 >src/x; mv -f src/x tests/expected; rm -f src/x",
        "perl -e 'truncate(\"tests/expected\", 0)'",
        "sed -i s/1/2/ tests/expected",
        "perl -e 'open(F, \"+<\", \"src/../tests/expected\")'",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
        expect_seen(lines[i], SANDBOX_SAW_READ_ONLY, "tests/");
    expect_seen("echo x >/usr/elsewhere", SANDBOX_SAW_OUTSIDE, "/usr/elsewhere");
    expect_seen("rm -f /usr/share/nothing-of-this-name", SANDBOX_SAW_OUTSIDE, "/usr/share/nothing");
}

TEST(a_daemon_is_seen_and_ends) {
    for (size_t l = 0; l < LEVELS; l++) {
        struct sandbox_report report;
        struct buf said;
        if (!is_here(levels[l]))
            continue;
        buf_init(&said, 1 << 16);
        EXPECT_INT(run_line("setsid sleep 777124 & setsid sleep 777125 & sleep 0.1; exit 3",
                            levels[l], true, &said, &report),
                   0);
        EXPECT_INT(report.code, 3);
        EXPECT_INT(report.leftovers, 2);
        EXPECT_INT(report.witness.times[SANDBOX_SAW_DAEMON], 2);
        EXPECT(report.witness.first[SANDBOX_SAW_DAEMON][0].program[0]);
        EXPECT(!is_running("777124") && !is_running("777125"));
        buf_done(&said);
    }
}

TEST(what_is_denied_stays_denied_and_ends_are_reported) {
    for (size_t l = 0; l < 2; l++) {
        struct sandbox_report report;
        struct buf said;
        if (!is_here(levels[l]))
            continue;
        buf_init(&said, 1 << 16);
        EXPECT_INT(run_line("perl -e 'socket(S, 2, 1, 6) or print $! + 0'; kill -9 $$", levels[l],
                            true, &said, &report),
                   0);
        EXPECT_STR(said.data, "1"); /* EPERM */
        EXPECT_INT(report.signal, SIGKILL);
        buf_reset(&said);
        EXPECT(run_line("exit 0", levels[l], true, &said, &report) == 0 && report.code == 0);
        EXPECT_INT(report.leftovers, 0);
        buf_done(&said);
    }
}

TEST(a_flood_is_counted_and_described_once) {
    for (size_t l = 0; l < LEVELS; l++) {
        struct sandbox_report report;
        struct buf said;
        if (!is_here(levels[l]))
            continue;
        buf_init(&said, 1 << 16);
        EXPECT_INT(run_line("perl -e 'socket(S, 2, 1, 6) for 1 .. 20000'", levels[l], true, &said,
                            &report),
                   0);
        EXPECT_INT(report.witness.times[SANDBOX_SAW_NETWORK], 20000);
        EXPECT_STR(report.witness.first[SANDBOX_SAW_NETWORK][1].what, "");
        EXPECT_STR(report.cut, "");
        buf_done(&said);
    }
}

TEST(nobody_looks_unless_asked) {
    struct sandbox_report report;
    struct buf said;
    buf_init(&said, 1 << 16);
    EXPECT_INT(run_line("git push --force", SANDBOX_LIMITS, false, &said, &report), 0);
    EXPECT(!report.witness.there);
    EXPECT_STR(report.witness.why_not, "");
    EXPECT_INT(report.witness.times[SANDBOX_SAW_FORCE_PUSH], 0);
    buf_done(&said);
}

/* In a sandbox that is watched there is no second witness: it says so, and the walls are there. */
TEST(without_a_witness_the_report_says_so) {
    struct sandbox_report report;
    struct buf said;
    char line[PATH_BYTES];
    EXPECT(true);
    if (!is_here(SANDBOX_LANDLOCK) || TEST_SANITIZED) /* whose shadow is beyond any limit */
        return;
    buf_init(&said, 1 << 16);
    (void)snprintf(line, sizeof(line), "%s/noctule", BINARY_DIR);
    const char *argv[] = {line,
                          "sandbox",
                          "--require",
                          "limits",
                          "--level",
                          "limits",
                          "--witness",
                          "--tree",
                          ".",
                          "--",
                          "perl",
                          "-e",
                          "socket(S, 2, 1, 6) or print qq(no)",
                          NULL};
    const char *readable[] = {BINARY_DIR, NULL};
    struct sandbox_spec spec = {.argv = argv,
                                .tree = tree(),
                                .readable = readable,
                                .least = SANDBOX_LIMITS,
                                .only = SANDBOX_LIMITS,
                                .witness = true,
                                .limits = {.wall_ms = 30000}};
    struct sandbox_sink sink = {-1, &said};
    EXPECT_INT(sandbox_run(&spec, &sink, &sink, NULL, &report), 0);
    EXPECT(report.witness.there);
    EXPECT_HAS(said.data, "no witness (");
    buf_done(&said);
}

/* A process that kills the only other child of ours, which is the keeper. */
static pid_t start_killer(void) {
    pid_t parent = getpid(), pid = fork();
    if (pid != 0)
        return pid;
    char path[64], line[256] = "";
    (void)poll(NULL, 0, 300);
    (void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
    FILE *f = fopen(path, "r");
    if (f && fgets(line, sizeof(line), f))
        for (char *at = line, *end; strtol(at, &end, 10) > 0 && end > at; at = end)
            if (strtol(at, NULL, 10) != getpid())
                (void)kill((pid_t)strtol(at, NULL, 10), SIGKILL);
    _exit(f ? 0 : 1);
}

/* Whoever answers may be killed: what was asked then fails, and nothing waits for ever. */
TEST(when_the_keeper_dies_nothing_hangs) {
    for (size_t l = 0; l < LEVELS; l++) {
        struct sandbox_report report;
        struct buf said;
        int64_t begin = clock_mono_ns();
        if (!is_here(levels[l]))
            continue;
        buf_init(&said, 1 << 20);
        pid_t killer = start_killer();
        EXPECT_INT(
            run_line("while :; do git --version; done; : 777126", levels[l], true, &said, &report),
            ERR_IO);
        EXPECT_HAS(err_text(), "keeper died");
        EXPECT_HAS(said.data, "git version");
        (void)waitpid(killer, NULL, 0);
        EXPECT(clock_mono_ns() - begin < INT64_C(20000000000));
        (void)poll(NULL, 0, 100);
        EXPECT(!is_running("777126"));
        buf_done(&said);
    }
}
