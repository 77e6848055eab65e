/* SPDX-License-Identifier: Apache-2.0 */
/* What a sandbox's limits end. Every bomb here has an end of its own, should nothing end it. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "orchestrator/proc/sandbox.h"
#include "tests/test.h"

enum { PATH_BYTES = 4096 };

struct outcome {
    struct sandbox_report report;
    struct buf text;
};

static const char *tree(void) {
    static char folder[PATH_BYTES], inside[PATH_BYTES + 8];
    if (!folder[0]) {
        (void)snprintf(folder, sizeof(folder), "%s", test_folder());
        (void)chmod(folder, 0755); /* the sandbox of root has a user of its own */
        (void)snprintf(inside, sizeof(inside), "%s/tree", folder);
        (void)mkdir(inside, 0755);
    }
    return inside;
}

static int run_at(enum sandbox_level level, const char *const *argv,
                  const struct sandbox_limits *limits, struct outcome *o) {
    struct sandbox_spec spec = {
        .argv = argv, .tree = tree(), .least = SANDBOX_LIMITS, .only = level};
    if (limits)
        spec.limits = *limits;
    if (!spec.limits.wall_ms)
        spec.limits.wall_ms = 60000;
    buf_init(&o->text, 1 << 20);
    struct sandbox_sink sink = {-1, &o->text};
    return sandbox_run(&spec, &sink, &sink, NULL, &o->report);
}

static bool is_here(enum sandbox_level level) {
    int abi;
    enum sandbox_level best = sandbox_best(&abi);
    /* The keeper is the same at each level: the floor is tried where there is nothing else. */
    if (level == SANDBOX_LIMITS)
        return best == SANDBOX_LIMITS;
    return level <= best && (level != SANDBOX_LANDLOCK || abi > 0);
}

static const enum sandbox_level all[] = {SANDBOX_NAMESPACES, SANDBOX_LANDLOCK, SANDBOX_LIMITS};

/* Processes are known by a mark in their command line. */
static bool is_alive(const char *mark) {
    DIR *dir = opendir("/proc");
    bool found = false;
    for (struct dirent *e; !found && dir && (e = readdir(dir));) {
        char path[PATH_BYTES], text[PATH_BYTES];
        if (e->d_name[0] < '1' || e->d_name[0] > '9' || strtol(e->d_name, NULL, 10) == getpid())
            continue;
        (void)snprintf(path, sizeof(path), "/proc/%s/cmdline", e->d_name);
        int fd = open(path, O_RDONLY);
        ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text));
        found = n > 0 && memmem(text, (size_t)n, mark, strlen(mark));
        if (fd >= 0)
            close(fd);
    }
    if (dir)
        closedir(dir);
    return found;
}

TEST(what_daemonises_dies_with_it) {
    static const char *const lines[] = {
        "setsid sleep 7771.25 & sleep 0.2",
        "(setsid sh -c 'sleep 7771.25 & sleep 7771.25' &) ; sleep 0.2",
        "nohup setsid sleep 7771.25 >/dev/null 2>&1 & disown 2>/dev/null; sleep 0.2; exit 0",
        "trap '' TERM HUP INT; sleep 7771.25 & sleep 0.2",
    };
    for (size_t l = 0; l < 3; l++)
        for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
            const char *argv[] = {"sh", "-c", lines[i], NULL};
            struct outcome o;
            if (!is_here(all[l]))
                continue;
            EXPECT_INT(run_at(all[l], argv, NULL, &o), 0);
            EXPECT_STR(o.report.cut, "");
            EXPECT(!is_alive("7771.25"));
            buf_done(&o.text);
        }
}

TEST(a_fork_bomb_is_ended) {
    /* exec keeps the mark in the command line of each */
    const char *argv[] = {
        "sh", "-c",
        "i=0; while [ $i -lt 300 ]; do sh -c \"exec sleep 30\" 7772.25 & i=$((i+1)); done; wait",
        "7772.25", NULL};
    struct sandbox_limits limits = {.processes = 60, .wall_ms = 20000};
    for (size_t l = 0; l < 3; l++) {
        struct outcome o;
        if (!is_here(all[l]))
            continue;
        EXPECT_INT(run_at(all[l], argv, &limits, &o), 0);
        EXPECT(strcmp(o.report.cut, "processes") == 0 || strstr(o.text.data, "fork"));
        EXPECT(o.report.processes < 100);
        EXPECT(!is_alive("7772.25"));
        buf_done(&o.text);
    }
}

TEST(a_memory_bomb_is_ended) {
    /* One process, and many that are each below the limit. */
    static const char *const lines[] = {
        "head -c 2000000000 /dev/zero | tail",
        "for i in 1 2 3 4 5 6 7 8; do perl -e '$x = \"x\" x 6e7; sleep 9' & done; wait",
        /* Shared, and in no table: what a process shows is a few MiB at any time. */
        "python3 -c 'import mmap, time\nkept = []\nfor i in range(40):\n"
        "    m = mmap.mmap(-1, 10 << 20); m.write(bytes([1]) * (10 << 20))\n"
        "    m.madvise(mmap.MADV_DONTNEED); kept.append(m); time.sleep(.02)\ntime.sleep(9)'",
    };
    struct sandbox_limits limits = {.memory_mib = 200, .wall_ms = 30000};
    for (size_t l = 0; l < 3; l++)
        for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
            const char *argv[] = {"sh", "-c", lines[i], NULL};
            struct outcome o;
            if (!is_here(all[l]))
                continue;
            EXPECT_INT(run_at(all[l], argv, &limits, &o), 0);
            EXPECT(strcmp(o.report.cut, "memory") == 0 || strstr(o.text.data, "emory"));
            EXPECT(o.report.memory_kib < 1000 << 10);
            buf_done(&o.text);
        }
}

TEST(a_disk_that_fills_is_ended) {
    static const char *const lines[] = {
        "i=0; while [ $i -lt 100 ]; do head -c 4000000 /dev/zero >f$i; i=$((i+1)); done",
        "i=0; while [ $i -lt 30000 ]; do echo >f$i; i=$((i+1)); done",
        "head -c 900000000 /dev/zero >f",
        "head -c 900000000 /dev/zero >$TMPDIR/f; test $(wc -c <$TMPDIR/f) -lt 200000000",
        /* Files that have no name any more, and names that hold nothing. */
        "perl -e 'for (1 .. 12) { open my $f, \">\", \"u\"; unlink \"u\"; push @k, $f;"
        " print $f \"x\" x 2e7; select undef, undef, undef, .1 } sleep 9'",
        "mkdir f0; chmod 300 f0; perl -e 'for (1 .. 12) { open my $f, \">\", \"f0/$_\";"
        " print $f \"x\" x 2e7; select undef, undef, undef, .1 } sleep 9'",
        "perl -e 'for (1 .. 30000) { open my $f, \">\", \"$ENV{TMPDIR}/f$_\" } sleep 9'",
    };
    static const char *const why[] = {"disk", "files", "", "", "disk", "disk", "files"};
    struct sandbox_limits limits = {
        .memory_mib = 400, .tree_mib = 40, .tree_files = 2000, .file_mib = 30, .wall_ms = 30000};
    const char *clean[] = {"sh", "-c", "chmod -R u+rwx .; rm -rf f*", NULL};
    for (size_t l = 0; l < 3; l++)
        for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
            const char *argv[] = {"sh", "-c", lines[i], NULL};
            struct outcome o;
            if (!is_here(all[l]))
                continue;
            EXPECT_INT(run_at(all[l], argv, &limits, &o), 0);
            EXPECT(o.report.cut[0] || (o.report.code == 0) == (i == 3));
            if (why[i][0])
                EXPECT_STR(o.report.cut, why[i]);
            buf_done(&o.text);
            EXPECT_INT(run_at(all[l], clean, NULL, &o), 0);
            buf_done(&o.text);
        }
}

TEST(output_without_end_is_ended) {
    const char *argv[] = {"sh", "-c", "yes; yes >&2", NULL};
    struct sandbox_limits limits = {.output_bytes = 100000, .wall_ms = 30000};
    for (size_t l = 0; l < 3; l++) {
        struct outcome o;
        if (!is_here(all[l]))
            continue;
        EXPECT_INT(run_at(all[l], argv, &limits, &o), 0);
        EXPECT_STR(o.report.cut, "output");
        EXPECT_INT(o.text.len, 100000);
        buf_done(&o.text);
    }
}

TEST(time_is_cut) {
    const char *argv[] = {"sh", "-c", "sleep 60 & sleep 60", NULL};
    struct sandbox_limits limits = {.wall_ms = 300};
    for (size_t l = 0; l < 3; l++) {
        struct outcome o;
        if (!is_here(all[l]))
            continue;
        EXPECT_INT(run_at(all[l], argv, &limits, &o), 0);
        EXPECT_STR(o.report.cut, "time");
        EXPECT(o.report.wall_ms < 10000);
        buf_done(&o.text);
    }
}

TEST(how_it_ended_is_told) {
    static const struct {
        const char *line;
        int code, signal;
    } rows[] = {
        {"exit 0",      0,  0      },
        {"exit 7",      7,  0      },
        {"kill -9 $$",  -1, SIGKILL},
        {"kill -11 $$", -1, SIGSEGV},
    };
    for (size_t l = 0; l < 3; l++)
        for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
            const char *argv[] = {"sh", "-c", rows[i].line, NULL};
            struct outcome o;
            if (!is_here(all[l]))
                continue;
            EXPECT_INT(run_at(all[l], argv, NULL, &o), 0);
            EXPECT_INT(o.report.code, rows[i].code);
            EXPECT_INT(o.report.signal, rows[i].signal);
            EXPECT_INT(o.report.level, all[l]);
            buf_done(&o.text);
        }
}

/* Its owner is killed -9 while it runs: whatever it started goes too. */
TEST(it_dies_with_its_owner) {
    for (size_t l = 0; l < 3; l++) {
        const char *argv[] = {"sh", "-c", "setsid sleep 7773 & setsid sleep 7773", NULL};
        struct timespec pause = {0, 20000000};
        if (!is_here(all[l]))
            continue;
        pid_t owner = fork();
        if (owner == 0) {
            struct outcome o;
            _exit(run_at(all[l], argv, NULL, &o) == 0 ? 0 : 1);
        }
        for (int i = 0; i < 500 && !is_alive("7773"); i++)
            nanosleep(&pause, NULL);
        EXPECT(is_alive("7773"));
        (void)kill(owner, SIGKILL);
        waitpid(owner, NULL, 0);
        for (int i = 0; i < 500 && is_alive("7773"); i++)
            nanosleep(&pause, NULL);
        EXPECT(!is_alive("7773"));
    }
}
