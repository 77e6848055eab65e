/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "orchestrator/proc/census.h"
#include "orchestrator/proc/door.h"
#include "orchestrator/proc/hoard.h"
#include "orchestrator/proc/start.h"
#include "orchestrator/proc/witness.h"

enum {
    TICK_MS = 20,
    FOLDER_MS = 500,
    GIVE_UP_MS = 20000,
    LINGER_MS = 150, /* who ends by itself so soon was not left behind */
    LINGER_TURN_MS = 5,
    STATUS_BYTES = 4096,
    KEEPER_NICE = -10,
};

struct keeper {
    const struct cage *cage;
    struct sandbox_report report;
    struct census census;
    struct hoard hoard;
    struct witness witness;
    pid_t child;
    int status; /* what bubblewrap says of it; -1 = another level */
    int64_t started_ns, looked_ns, folder_ns, folder_bytes;
    uint64_t folder_free; /* of its file system, when it was last counted */
    bool ended;
};

/* ---- watching ---- */

static void cut(struct keeper *k, const char *why) {
    if (!k->report.cut[0])
        (void)snprintf(k->report.cut, sizeof(k->report.cut), "%s", why);
}

/* Counting a folder takes time, asking how full the disk is does not: while the disk fills no
 * faster than what is left to the tree, the tree is counted now and then only. */
static void look_at_folder(struct keeper *k, int64_t now) {
    const struct sandbox_limits *l = &k->cage->spec->limits;
    struct statvfs disk;
    struct census_folder tree, scratch = {0};
    if (statvfs(k->cage->spec->tree, &disk) != 0)
        return;
    uint64_t left = (uint64_t)disk.f_bavail * disk.f_frsize;
    int64_t room = (l->tree_mib << 20) - k->folder_bytes;
    int64_t grown = k->folder_free > left ? (int64_t)(k->folder_free - left) : 0;
    if (now - k->folder_ns < FOLDER_MS * INT64_C(1000000) && grown < room / 2)
        return;
    census_folder(&tree, k->cage->spec->tree, l->tree_files);
    if (k->cage->scratch)
        census_folder(&scratch, k->cage->scratch, l->tree_files);
    k->folder_bytes = tree.bytes + scratch.bytes;
    k->folder_bytes += hoard_bytes(&k->hoard, &k->census, k->folder_bytes, l->tree_mib << 20,
                                   tree.closed || scratch.closed);
    k->folder_free = left;
    k->folder_ns = now;
    if (k->folder_bytes > l->tree_mib << 20)
        cut(k, "disk");
    if (tree.entries + scratch.entries > l->tree_files ||
        (k->cage->level == SANDBOX_NAMESPACES && k->census.len > START_OWN_PROCESSES &&
         hoard_names(&k->census) > l->tree_files))
        cut(k, "files");
}

static void look(struct keeper *k) {
    const struct sandbox_limits *l = &k->cage->spec->limits;
    int64_t now = clock_mono_ns();
    census_take(&k->census, getpid());
    double cpu = (double)k->census.ticks * 1e3 / (double)sysconf(_SC_CLK_TCK);
    int64_t own = k->cage->level == SANDBOX_NAMESPACES ? START_OWN_PROCESSES : 0;
    int64_t tasks = k->census.tasks > own ? k->census.tasks - own : 0;
    if (tasks > k->report.processes)
        k->report.processes = tasks;
    int64_t memory =
        k->census.memory_kib + hoard_memory_kib(&k->hoard, &k->census, l->memory_mib << 10);
    if (memory > k->report.memory_kib)
        k->report.memory_kib = memory;
    if (cpu > k->report.cpu_ms)
        k->report.cpu_ms = cpu;
    if (tasks > l->processes || k->census.len >= CENSUS_MAX)
        cut(k, "processes");
    if (memory >> 10 > l->memory_mib)
        cut(k, "memory");
    if (now - k->started_ns > l->wall_ms * 1000000)
        cut(k, "time");
    look_at_folder(k, now);
}

/* ---- the end ---- */

/* One user id per sandbox: all of it in one stroke, whatever it forks meanwhile. */
static void kill_user(uid_t user) {
    pid_t helper = fork();
    if (helper == 0) {
        if (setresuid(user, user, user) == 0)
            (void)kill(-1, SIGKILL);
        _exit(0);
    }
    if (helper > 0)
        waitpid(helper, NULL, 0);
}

static void note_end(struct keeper *k, pid_t pid, int status) {
    if (pid != k->child)
        return;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    k->report.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    /* bubblewrap says it as a shell does. */
    if (k->cage->level == SANDBOX_NAMESPACES && code > 128 && code < 128 + 65) {
        k->report.signal = code - 128;
        code = -1;
    }
    k->report.code = code;
    k->ended = true;
}

static void collect(struct keeper *k) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
        note_end(k, pid, status);
}

static void kill_all(struct keeper *k) {
    static const struct rlimit none = {0, 0};
    struct timespec pause = {0, 2000000};
    int64_t begin = clock_mono_ns();
    do {
        if (k->cage->user)
            kill_user(k->cage->user);
        census_take(&k->census, getpid());
        /* First none of them may fork, then each dies. */
        for (size_t i = 0; i < k->census.len; i++)
            (void)prlimit(k->census.pids[i], RLIMIT_NPROC, &none, NULL);
        for (size_t i = 0; i < k->census.len; i++)
            (void)kill(k->census.pids[i], SIGKILL);
        collect(k);
        if (k->census.len)
            nanosleep(&pause, NULL);
    } while (k->census.len && clock_mono_ns() - begin < GIVE_UP_MS * INT64_C(1000000));
    if (k->census.len)
        cut(k, "undead");
}

/* Until fd can be read, or, with a timeout, something else has happened; what is watched is
 * answered meanwhile. */
static void await(struct keeper *k, int fd, int timeout_ms) {
    for (;;) {
        struct pollfd polls[2] = {
            {.fd = fd,                      .events = POLLIN},
            {.fd = witness_fd(&k->witness), .events = POLLIN},
        };
        int n = poll(polls, 2, timeout_ms);
        if (n < 0 && errno == EINTR)
            continue;
        if (n > 0 && polls[1].revents)
            witness_serve(&k->witness);
        if (n <= 0 || polls[0].revents || timeout_ms >= 0)
            return;
    }
}

static int64_t count_others(struct keeper *k, int64_t own) {
    collect(k);
    census_take(&k->census, getpid());
    return (int64_t)k->census.len > own ? (int64_t)k->census.len - own : 0;
}

/* Who is there when the command has ended, and does not end within a moment. own: of ours. */
static void count_leftovers(struct keeper *k, int64_t own) {
    int64_t begin = clock_mono_ns(), left;
    while ((left = count_others(k, own)) > 0 &&
           clock_mono_ns() - begin < LINGER_MS * INT64_C(1000000))
        await(k, -1, LINGER_TURN_MS);
    k->report.leftovers = left;
    /* Parents stand before children, so that ours are the first. */
    for (size_t i = (size_t)own; left > 0 && i < k->census.len; i++)
        witness_note(&k->witness, SANDBOX_SAW_DAEMON, k->census.pids[i], "a process of its own");
}

static void take_signals(struct keeper *k, int signals) {
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == KEEPER_STOP)
            cut(k, "stopped");
        else if (info.ssi_signo == KEEPER_OUTPUT)
            cut(k, "output");
    }
}

static void take_turn(struct keeper *k, int signals) {
    await(k, signals, TICK_MS);
    take_signals(k, signals);
    collect(k);
    if (k->witness.held) {
        count_leftovers(k, START_OWN_PROCESSES);
        witness_release(&k->witness);
    }
    int64_t now = clock_mono_ns();
    if (!k->ended && now - k->looked_ns >= TICK_MS * INT64_C(1000000)) {
        look(k);
        k->looked_ns = now;
    }
}

static void watch(struct keeper *k) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, KEEPER_STOP);
    sigaddset(&set, KEEPER_OUTPUT);
    int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0)
        cut(k, "keeper");
    while (!k->ended && !k->report.cut[0])
        take_turn(k, signals);
    if (k->ended) {
        struct census_folder tree;
        if (k->cage->level != SANDBOX_NAMESPACES)
            count_leftovers(k, 0);
        census_folder(&tree, k->cage->spec->tree, k->cage->spec->limits.tree_files);
        if (tree.bytes > k->cage->spec->limits.tree_mib << 20)
            cut(k, "disk");
        if (tree.entries > k->cage->spec->limits.tree_files)
            cut(k, "files");
    }
    witness_serve(&k->witness);
    kill_all(k);
    witness_close(&k->witness);
}

static void tell_owner(int tell, const struct keeper_message *m) {
    while (send(tell, m, sizeof(*m), MSG_NOSIGNAL) < 0 && errno == EINTR) {
    }
}

static _Noreturn void refuse(int tell, const struct start_refusal *r) {
    struct keeper_message m = {.word = KEEPER_REFUSED, .error = r->error};
    memcpy(m.stage, r->stage, sizeof(m.stage));
    tell_owner(tell, &m);
    _exit(1);
}

/* Once the other end is closed by what it became. */
static bool is_running(struct keeper *k, int told, struct start_refusal *r) {
    ssize_t n;
    await(k, told, -1);
    do
        n = read(told, r, sizeof(*r));
    while (n < 0 && errno == EINTR);
    return n == 0;
}

/* By a process of its own, for what is to be shown may first wait for the witness. */
static bool show_door(struct keeper *k, struct door *door, int tell) {
    int fds[2], error = EIO;
    pid_t porter = pipe2(fds, O_CLOEXEC) == 0 ? fork() : -1;
    if (porter < 0)
        return false;
    if (porter == 0) {
        error = door_show(door, k->cage, tell) == 0 ? 0 : errno;
        _exit(write(fds[1], &error, sizeof(error)) == (ssize_t)sizeof(error) ? 0 : 1);
    }
    close(fds[1]);
    door_close(door, k->cage);
    await(k, fds[0], -1);
    if (read(fds[0], &error, sizeof(error)) != (ssize_t)sizeof(error))
        error = EIO;
    close(fds[0]);
    while (waitpid(porter, NULL, 0) < 0 && errno == EINTR) {
    }
    errno = error;
    return error == 0;
}

/* Starts the command; false, and why, when it did not come to that. */
static bool begin(struct keeper *k, struct cage *c, int out, int err, int tell,
                  struct start_refusal *r) {
    struct door door = DOOR_NONE;
    int fds[2], status[2] = {-1, -1};
    witness_open(&k->witness, c, &k->report.witness);
    if (c->level == SANDBOX_NAMESPACES && pipe2(status, O_CLOEXEC | O_NONBLOCK) == 0) {
        k->status = status[0];
        c->status = status[1];
    }
    if (pipe2(fds, O_CLOEXEC) != 0 || door_open(&door, c) != 0) {
        *r = (struct start_refusal){.error = errno, .stage = "door"};
        return false;
    }
    k->child = fork();
    if (k->child == 0)
        start_child(c, out, err, fds[1]);
    /* What bubblewrap cannot start it says itself, later: then there is no error of ours. */
    *r = (struct start_refusal){.error = k->child < 0 ? errno : 0, .stage = "fork"};
    close(fds[1]);
    close(out);
    close(err);
    if (c->status >= 0)
        close(c->status);
    witness_begin(&k->witness, k->child);
    if (k->child < 0)
        return false;
    if (c->spec->door && !show_door(k, &door, tell)) {
        *r = (struct start_refusal){.error = errno, .stage = "door"};
        return false;
    }
    return is_running(k, fds[0], r);
}

/* bubblewrap tells the exit status of a command that was started (--json-status-fd), else it only
 * complains, and ends like one. */
static bool has_run(const struct keeper *k) {
    char text[STATUS_BYTES];
    ssize_t n = k->status >= 0 ? read(k->status, text, sizeof(text) - 1) : 0;
    if (k->status < 0 || k->report.signal)
        return true;
    text[n > 0 ? n : 0] = '\0';
    return strstr(text, "\"exit-code\"") != NULL;
}

static _Noreturn void keep(struct cage c, int out, int err, int tell) {
    struct keeper k = {.cage = &c, .status = -1, .started_ns = clock_mono_ns()};
    struct start_refusal r = {.error = 0};
    k.report.level = c.level;
    k.report.landlock_abi = c.level == SANDBOX_LANDLOCK ? c.landlock_abi : 0;
    hoard_begin(&k.hoard, c.spec->tree);
    if (!begin(&k, &c, out, err, tell, &r)) {
        kill_all(&k);
        refuse(tell, &r);
    }
    watch(&k);
    if (!k.report.cut[0] && !has_run(&k))
        refuse(tell, &r);
    struct rusage usage;
    k.report.wall_ms = (double)(clock_mono_ns() - k.started_ns) / 1e6;
    if (getrusage(RUSAGE_CHILDREN, &usage) == 0) {
        double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
                     (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
        k.report.cpu_ms = cpu > k.report.cpu_ms ? cpu : k.report.cpu_ms;
    }
    struct keeper_message m = {.word = KEEPER_ENDED, .report = k.report};
    tell_owner(tell, &m);
    _exit(0);
}

pid_t keeper_start(const struct cage *c, int out, int err, int tell) {
    pid_t owner = getpid(), pid = fork();
    if (pid < 0)
        return err_errno(ERR_IO, "cannot start the sandbox's keeper");
    if (pid > 0)
        return pid;
    sigset_t all;
    (void)setpriority(PRIO_PROCESS, 0, KEEPER_NICE); /* those it watches must not starve it */
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    (void)setsid();
    /* Of the owner's descriptors it needs three, and its user for as long as it cleans up. */
    int keep_fds[] = {out, err, tell};
    (void)fcntl(c->held, F_DUPFD_CLOEXEC, 512);
    for (int i = 0; i < 3; i++)
        keep_fds[i] = fcntl(keep_fds[i], F_DUPFD_CLOEXEC, 512);
    if (keep_fds[0] < 0 || keep_fds[1] < 0 || keep_fds[2] < 0 || close_range(3, 511, 0) != 0 ||
        prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 || prctl(PR_SET_PDEATHSIG, KEEPER_STOP) != 0 ||
        getppid() != owner)
        _exit(1);
    keep(*c, keep_fds[0], keep_fds[1], keep_fds[2]);
}
