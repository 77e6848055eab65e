/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/plain.h"
#include "orchestrator/proc/closed.h"
#include "orchestrator/proc/keeper.h"
#include "orchestrator/proc/pass.h"
#include "orchestrator/proc/twin.h"

enum { COMPLAINT = 256, CHUNK = 64 << 10, TURN_MS = 100, LANDLOCK_VERSION = 1, TRIED_USER = 61183 };

const struct sandbox_limits sandbox_defaults = {
    .wall_ms = 600000,
    .memory_mib = 4096,
    .processes = 256,
    .tree_mib = 4096,
    .tree_files = 200000,
    .file_mib = 1024,
    .open_files = 1024,
    .output_bytes = 64 << 20,
};

/* Whether bubblewrap does here what is asked of it. Quietly. */
static bool bubblewrap_works(void) {
    const char *program = cage_bubblewrap();
    const char *words[] = {program,
                           "--unshare-user",
                           "--unshare-pid",
                           "--unshare-net",
                           "--unshare-ipc",
                           "--unshare-uts",
                           "--disable-userns",
                           "--die-with-parent",
                           "--ro-bind",
                           "/",
                           "/",
                           "--proc",
                           "/proc",
                           "--dev",
                           "/dev",
                           "/bin/true",
                           NULL};
    int status = -1;
    pid_t pid = program ? fork() : -1;
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        bool user = geteuid() != 0 || (setgid(TRIED_USER) == 0 && setuid(TRIED_USER) == 0);
        if (user && null >= 0 && dup2(null, 0) == 0 && dup2(null, 1) == 1 && dup2(null, 2) == 2)
            execv(program, (char *const *)(uintptr_t)words);
        _exit(1);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

enum sandbox_level sandbox_best(int *landlock_abi) {
    static int abi = -1;
    static enum sandbox_level best;
    if (abi < 0) {
        long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);
        abi = version > 0 ? (int)version : 0;
        best = bubblewrap_works() ? SANDBOX_NAMESPACES : abi ? SANDBOX_LANDLOCK : SANDBOX_LIMITS;
    }
    *landlock_abi = abi;
    return best;
}

static int choose_level(struct cage *c, const struct sandbox_spec *spec) {
    enum sandbox_level best = sandbox_best(&c->landlock_abi);
    enum sandbox_level least = spec->least ? spec->least : SANDBOX_NAMESPACES;
    c->level = spec->only ? spec->only : best;
    if (c->level > best || (c->level == SANDBOX_LANDLOCK && c->landlock_abi == 0))
        return err_set(ERR_UNSUPPORTED,
                       "the sandbox level \"%s\" is not to be had on this machine, whose best is "
                       "\"%s\"",
                       sandbox_level_name(c->level), sandbox_level_name(best));
    if (c->level < least)
        return err_set(ERR_UNSUPPORTED,
                       "the sandbox reaches the level \"%s\" and \"%s\" is required; install "
                       "bubblewrap, and allow user namespaces",
                       sandbox_level_name(c->level), sandbox_level_name(least));
    if (spec->door && c->level < SANDBOX_NAMESPACES && c->landlock_abi < 4)
        return err_set(ERR_UNSUPPORTED,
                       "this machine's Landlock cannot keep a network to one port");
    return 0;
}

static int64_t or_default(int64_t value, int64_t usual) {
    return value > 0 ? value : usual;
}

static struct sandbox_limits fill_limits(const struct sandbox_limits *l) {
    const struct sandbox_limits *d = &sandbox_defaults;
    return (struct sandbox_limits){
        .wall_ms = or_default(l->wall_ms, d->wall_ms),
        .memory_mib = or_default(l->memory_mib, d->memory_mib),
        .processes = or_default(l->processes, d->processes),
        .tree_mib = or_default(l->tree_mib, d->tree_mib),
        .tree_files = or_default(l->tree_files, d->tree_files),
        .file_mib = or_default(l->file_mib, d->file_mib),
        .open_files = or_default(l->open_files, d->open_files),
        .output_bytes = or_default(l->output_bytes, d->output_bytes),
    };
}

/* ---- the owner's side of a running sandbox ---- */

struct owner {
    const struct sandbox_spec *spec;
    const struct sandbox_sink *sinks[2]; /* stdout, stderr */
    unsigned char before[2];             /* the last byte of either */
    int pipes[2];                        /* read ends; -1 at their end */
    int tell;
    pid_t keeper;
    int64_t written;
    char complaint[COMPLAINT]; /* the beginning of stderr: bubblewrap's, when it could not start */
    bool told;                 /* the keeper was asked to end it */
};

static void ask_to_end(struct owner *o, int signo) {
    if (!o->told)
        (void)kill(o->keeper, signo);
    o->told = true;
}

static void pass_on(const struct sandbox_sink *sink, const char *bytes, size_t len) {
    if (sink->buf)
        buf_add(sink->buf, bytes, len);
    while (sink->fd >= 0 && len) {
        ssize_t n = write(sink->fd, bytes, len);
        if (n < 0 && errno != EINTR)
            return;
        bytes += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
}

static void add_complaint(struct owner *o, const char *bytes, size_t len) {
    size_t have = strlen(o->complaint), room = sizeof(o->complaint) - 1 - have;
    (void)snprintf(o->complaint + have, room + 1, "%.*s", (int)(len < room ? len : room), bytes);
}

static void drain(struct owner *o, int which) {
    char chunk[CHUNK];
    int64_t most = o->spec->limits.output_bytes;
    ssize_t n = read(o->pipes[which], chunk, sizeof(chunk));
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0) {
        close(o->pipes[which]);
        o->pipes[which] = -1;
        return;
    }
    int64_t room = most - o->written;
    if (which == 1)
        add_complaint(o, chunk, (size_t)n);
    o->written += n;
    if (o->spec->plain[which])
        plain_bytes(chunk, (size_t)n, &o->before[which]);
    if (room > 0)
        pass_on(o->sinks[which], chunk, n < room ? (size_t)n : (size_t)room);
    if (o->written > most)
        ask_to_end(o, KEEPER_OUTPUT);
}

static int answer_door(const struct owner *o, int listening) {
    int rc = listening >= 0 ? o->spec->door(o->spec->door_arg, listening)
                            : err_set(ERR_IO, "the sandbox's door did not come");
    char answer = rc == 0 ? 'y' : 'n';
    if (send(o->tell, &answer, 1, MSG_NOSIGNAL) != 1 && rc == 0)
        rc = err_errno(ERR_IO, "cannot open the sandbox's door");
    return rc;
}

/* Who writes is dead: what is still in the pipe is all there is. */
static void drain_all(struct owner *o, int which) {
    while (o->pipes[which] >= 0) {
        int64_t before = o->written;
        drain(o, which);
        if (o->written == before)
            break;
    }
}

/* Whether it came to the command itself, which is not there: exec says so, or bubblewrap does. */
static bool is_absent(const struct owner *o, const struct keeper_message *m) {
    size_t len = strlen(o->complaint), tail = strlen(": No such file or directory");
    if (m->error)
        return m->error == ENOENT && strcmp(m->stage, "exec") == 0;
    return strncmp(o->complaint, "bwrap: execvp ", 14) == 0 && len > tail &&
           strcmp(o->complaint + len - tail, ": No such file or directory") == 0;
}

static int refuse(struct owner *o, const struct keeper_message *m) {
    if (!m->error) {
        drain_all(o, 1);
        o->complaint[strcspn(o->complaint, "\n")] = '\0';
    }
    if (is_absent(o, m))
        return err_set(ERR_IO, "cannot start %s in a sandbox: there is no such program in it",
                       o->spec->argv[0]);
    if (m->error) {
        errno = m->error;
        return err_errno(ERR_IO, "cannot start %s in a sandbox (%s)", o->spec->argv[0], m->stage);
    }
    return err_set(ERR_IO, "cannot start %s in a sandbox: %s", o->spec->argv[0],
                   o->complaint[0] ? o->complaint : "bubblewrap did not say why");
}

/* Until the keeper has said how it ended. */
static int serve(struct owner *o, const volatile bool *stop, struct sandbox_report *report) {
    int refused = 0;
    for (;;) {
        struct pollfd polls[3] = {
            {.fd = o->tell,     .events = POLLIN},
            {.fd = o->pipes[0], .events = POLLIN},
            {.fd = o->pipes[1], .events = POLLIN},
        };
        struct keeper_message m;
        int fd;
        if (stop && *stop)
            ask_to_end(o, KEEPER_STOP);
        if (poll(polls, 3, TURN_MS) <= 0)
            continue;
        for (int i = 0; i < 2; i++)
            if (polls[i + 1].revents)
                drain(o, i);
        if (!polls[0].revents)
            continue;
        if (!pass_receive(o->tell, &m, sizeof(m), &fd))
            return refused ? refused : err_set(ERR_IO, "the sandbox's keeper died");
        if (m.word == KEEPER_DOOR) {
            refused = answer_door(o, fd);
            continue;
        }
        if (m.word == KEEPER_REFUSED)
            return refused ? refused : refuse(o, &m);
        *report = m.report;
        return 0;
    }
}

static int watch_keeper(struct owner *o, const volatile bool *stop, struct sandbox_report *report) {
    int rc = serve(o, stop, report);
    for (int i = 0; rc == 0 && i < 2; i++)
        drain_all(o, i);
    while (waitpid(o->keeper, NULL, 0) < 0 && errno == EINTR) {
    }
    report->output_bytes = o->written;
    if (rc == 0 && o->written > o->spec->limits.output_bytes && !report->cut[0])
        memcpy(report->cut, "output", sizeof("output"));
    if (rc == 0 && strcmp(report->cut, "stopped") == 0)
        rc = err_set(ERR_STOPPED, "%s was stopped", o->spec->argv[0]);
    return rc;
}

static void close_pair(int *fds) {
    for (int i = 0; i < 2; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* What the command writes to, ends[1], and where it is read, -1 when it is not by us. */
static bool make_stream(const struct owner *o, int which, int *ends) {
    ends[0] = ends[1] = -1;
    if (o->spec->direct)
        return (ends[1] = fcntl(o->sinks[which]->fd, F_DUPFD_CLOEXEC, 3)) >= 0;
    return pipe2(ends, O_CLOEXEC) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

static int start(const struct cage *c, struct owner *o, const volatile bool *stop,
                 struct sandbox_report *report) {
    int out[2] = {-1, -1}, err[2] = {-1, -1}, tell[2] = {-1, -1};
    int rc = 0;
    if (!make_stream(o, 0, out) || !make_stream(o, 1, err) ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, tell) != 0)
        rc = err_errno(ERR_IO, "cannot make the sandbox's pipes");
    pid_t keeper = rc == 0 ? keeper_start(c, out[1], err[1], tell[1]) : 0;
    if (keeper < 0)
        rc = (int)keeper;
    if (rc < 0) {
        close_pair(out);
        close_pair(err);
        close_pair(tell);
        return rc;
    }
    close(out[1]);
    close(err[1]);
    close(tell[1]);
    o->keeper = keeper;
    o->pipes[0] = out[0];
    o->pipes[1] = err[0];
    o->tell = tell[0];
    rc = watch_keeper(o, stop, report);
    close_pair(o->pipes);
    close(o->tell);
    return rc;
}

int sandbox_run(const struct sandbox_spec *spec, const struct sandbox_sink *out,
                const struct sandbox_sink *err, const volatile bool *stop,
                struct sandbox_report *report) {
    struct sandbox_spec full = *spec;
    struct cage c = {.spec = &full, .info = -1, .status = -1, .block = -1, .watch = -1, .held = -1};
    struct owner o = {
        .spec = &full, .sinks = {out, err}
    };
    struct arena arena;
    full.limits = fill_limits(&spec->limits);
    *report = (struct sandbox_report){0};
    if (!full.argv || !full.argv[0])
        return err_set(ERR_ARG, "the sandbox has no command to run");
    if (!full.tree || full.tree[0] != '/' || !file_is_dir(full.tree))
        return err_set(ERR_NOTFOUND, "the sandbox's folder, %s, is none",
                       full.tree ? full.tree : "(none)");
    arena_init(&arena, 0);
    int rc = closed_resolve(&arena, full.tree, spec->read_only, spec->may_lack, &full.read_only);
    if (rc == 0)
        rc = choose_level(&c, &full);
    if (rc == 0)
        rc = twin_refuse(full.tree, full.read_only);
    /* A door in the machine's own network is the witness's to open. */
    full.witness = spec->witness || (spec->door && c.level != SANDBOX_NAMESPACES);
    if (rc == 0)
        rc = cage_prepare(&c);
    if (rc == 0)
        rc = start(&c, &o, stop, report);
    if (!spec->witness)
        report->witness = (struct sandbox_witness){.there = false};
    cage_clean(&c);
    arena_done(&arena);
    return rc;
}
