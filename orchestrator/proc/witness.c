/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/witness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <poll.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/proc/cage.h"
#include "orchestrator/proc/door.h"
#include "orchestrator/proc/pass.h"
#include "orchestrator/proc/peek.h"
#include "orchestrator/proc/syscalls.h"
#include "orchestrator/shell/push.h"

enum {
    TURN_MOST = 256, /* questions that are answered before others are heard */
    DONE = 1,        /* an answer: the call was made for it, and gives 0 */
};

/* What the headers of Debian 12 do not know yet (linux/seccomp.h of 6.6). */
#define NOTIF_SET_FLAGS _IOW('!', 4, uint64_t)
#define SYNC_WAKE_UP    1UL

/* What the child says when it is watched, or not: 0 or an errno. The listener comes with it. */
struct hello {
    char why_not[SANDBOX_WHAT];
};

/* ---- in the child ---- */

bool witness_enter(const struct cage *c) {
    struct syscalls_watch watch = {.network = c->spec->door ? SYSCALLS_TCP : SYSCALLS_NO_NETWORK,
                                   .ends = c->level == SANDBOX_NAMESPACES};
    struct hello hello = {.why_not = ""};
    int listener = -1;
    if (c->watch < 0)
        return false;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscalls_watch(&listener, &watch) < 0)
        (void)snprintf(hello.why_not, sizeof(hello.why_not), "%s", err_text());
    int sent = pass_send(c->watch, &hello, sizeof(hello), listener);
    if (listener >= 0)
        close(listener);
    close(c->watch);
    return sent == 0 && !hello.why_not[0];
}

/* ---- in the keeper ---- */

void witness_open(struct witness *w, struct cage *c, struct sandbox_witness *seen) {
    int ends[2];
    *w = (struct witness){.cage = c, .seen = seen, .channel = -1, .listener = -1};
    c->watch = -1;
    if (!c->spec->witness)
        return;
    if (seccomp_notify_alloc(&w->request, &w->answer) != 0) {
        (void)snprintf(seen->why_not, sizeof(seen->why_not), "this kernel tells nobody");
        return;
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return;
    w->channel = ends[0];
    c->watch = ends[1];
}

void witness_begin(struct witness *w, pid_t child) {
    if (w->cage->watch >= 0)
        close(w->cage->watch);
    w->first = w->cage->level == SANDBOX_NAMESPACES ? child : 0;
}

int witness_fd(const struct witness *w) {
    return w->channel >= 0 ? w->channel : w->listener;
}

static void shut(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void witness_close(struct witness *w) {
    shut(&w->channel);
    shut(&w->listener);
    if (w->request)
        seccomp_notify_free(w->request, w->answer);
    w->request = NULL;
    w->answer = NULL;
}

static void meet(struct witness *w) {
    struct hello hello = {.why_not = "the command never said so"};
    (void)pass_receive(w->channel, &hello, sizeof(hello), &w->listener);
    w->seen->there = w->listener >= 0;
    if (w->listener >= 0) /* since Linux 6.6; without, each question wakes another core */
        (void)ioctl(w->listener, NOTIF_SET_FLAGS, SYNC_WAKE_UP);
    if (!w->seen->there)
        (void)snprintf(w->seen->why_not, sizeof(w->seen->why_not), "%.*s", SANDBOX_WHAT - 1,
                       hello.why_not);
    shut(&w->channel);
}

/* Words of others: in reports and on terminals they are plain. */
static void clean(char *text) {
    for (char *p = text; *p; p++)
        if (*p < ' ' || *p >= 0x7f)
            *p = '?';
}

void witness_note(struct witness *w, enum sandbox_sight sight, pid_t pid, const char *fmt, ...) {
    struct sandbox_seen now, *first = w->seen->first[sight];
    int64_t n = w->seen->times[sight]++;
    va_list ap;
    peek_program(now.program, sizeof(now.program), pid);
    va_start(ap, fmt);
    (void)vsnprintf(now.what, sizeof(now.what), fmt, ap);
    va_end(ap);
    clean(now.what);
    for (int64_t i = 0; i < SANDBOX_FIRST; i++) {
        if (i >= n || !first[i].what[0]) {
            first[i] = now;
            return;
        }
        if (strcmp(first[i].what, now.what) == 0 && strcmp(first[i].program, now.program) == 0)
            return;
    }
}

/* ---- sockets ---- */

/* Refused as well, but these do not lead out of a machine: libraries ask for them by themselves
 * (users, addresses of the machine, its log). */
static bool is_local(int family) {
    return family == AF_UNIX || family == AF_NETLINK;
}

static const char *family_name(int family) {
    static const struct {
        int family;
        const char *name;
    } names[] = {
        {AF_INET,   "IPv4"   },
        {AF_INET6,  "IPv6"   },
        {AF_PACKET, "packets"},
        {AF_ALG,    "ciphers"},
        {AF_VSOCK,  "vsock"  },
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (names[i].family == family)
            return names[i].name;
    return "another family";
}

static const char *type_name(int type) {
    return type == SOCK_STREAM  ? "a stream"
           : type == SOCK_DGRAM ? "datagrams"
           : type == SOCK_RAW   ? "raw packets"
                                : "another kind";
}

/* bubblewrap's own calls come before the command's first: it starts it. */
static bool has_begun(const struct witness *w) {
    return w->programs >= (w->first ? 2 : 1);
}

static int refusal(const struct witness *w) {
    return w->cage->level == SANDBOX_LIMITS ? 0 : -EPERM; /* limits are no walls */
}

static int see_socket(struct witness *w, pid_t pid, const __u64 *args) {
    int family = (int)args[0], type = (int)args[1] & 0xf;
    if (!has_begun(w))
        return 0;
    if (!is_local(family))
        witness_note(w, SANDBOX_SAW_NETWORK, pid, "a socket of %s, %s", family_name(family),
                     type_name(type));
    return refusal(w);
}

/* Its call is not made any more, so it does not matter what has become of the address. */
static int lead_through(struct witness *w, pid_t pid, int fd) {
    int rc = door_lead(w->cage, w->listener, w->request->id, pid, fd);
    return rc == 0 ? DONE : -errno;
}

/* The door alone. With namespaces there is nothing else; elsewhere the kernel is not to look at
 * what was looked at here, for another thread may write it meanwhile. */
static int see_connect(struct witness *w, pid_t pid, const __u64 *args) {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at = {0};
    char text[INET6_ADDRSTRLEN] = "an address";
    size_t size = args[2] < sizeof(at) ? (size_t)args[2] : sizeof(at);
    if (peek_bytes(&at, size, pid, args[1]) != size)
        return refusal(w);
    if (at.any.sa_family == AF_UNSPEC || is_local(at.any.sa_family))
        return 0;
    if (at.any.sa_family == AF_INET && at.v4.sin_addr.s_addr == htonl(INADDR_LOOPBACK) &&
        ntohs(at.v4.sin_port) == w->cage->spec->door_port)
        return w->cage->way ? lead_through(w, pid, (int)args[0]) : 0;
    bool six = at.any.sa_family == AF_INET6;
    (void)inet_ntop(at.any.sa_family, six ? (void *)&at.v6.sin6_addr : (void *)&at.v4.sin_addr,
                    text, sizeof(text));
    witness_note(w, SANDBOX_SAW_NETWORK, pid, "a connection to %s port %d", text,
                 ntohs(six ? at.v6.sin6_port : at.v4.sin_port));
    return refusal(w);
}

/* ---- programs ---- */

static void note_push(struct witness *w, pid_t pid, const struct peek_words *argv, bool forced) {
    struct buf line;
    buf_init(&line, PEEK_TEXT + PEEK_WORDS);
    for (size_t i = 0; i < argv->len; i++)
        buf_printf(&line, "%s%s", i ? " " : "", argv->words[i]);
    witness_note(w, forced ? SANDBOX_SAW_FORCE_PUSH : SANDBOX_SAW_PUSH, pid, "%.120s", line.data);
    buf_done(&line);
}

static int see_program(struct witness *w, pid_t pid, uint64_t path, uint64_t words) {
    static struct peek_words argv;
    char text[PEEK_PATH];
    bool ours = !has_begun(w) && w->first; /* bubblewrap itself */
    w->programs += w->programs < 2;
    if (ours || !peek_text(text, sizeof(text), pid, path))
        return 0;
    peek_words(&argv, pid, words);
    enum push named = push_of(argv.words, argv.len), push = named;
    if (argv.len) { /* what it calls itself, and what it is */
        const char *own = argv.words[0];
        argv.words[0] = text;
        push = push_of(argv.words, argv.len);
        push = named > push ? named : push;
        argv.words[0] = own;
    }
    if (push != PUSH_NONE && (w->pusher != pid || w->words != words))
        note_push(w, pid, &argv, push == PUSH_FORCED);
    w->pusher = push != PUSH_NONE ? pid : 0;
    w->words = words;
    return 0;
}

/* ---- files ---- */

/* A call that changes what a path names. */
struct writing {
    int number, folder, path; /* which of its arguments; folder -1: the current one */
    bool existing;            /* only what is there can be changed by it */
};
static const struct writing writings[] = {
    {SCMP_SYS(open),      -1, 0, false},
    {SCMP_SYS(creat),     -1, 0, false},
    {SCMP_SYS(truncate),  -1, 0, true },
    {SCMP_SYS(openat),    0,  1, false},
    {SCMP_SYS(openat2),   0,  1, false},
    {SCMP_SYS(unlink),    -1, 0, true },
    {SCMP_SYS(unlinkat),  0,  1, true },
    {SCMP_SYS(rename),    -1, 0, true },
    {SCMP_SYS(rename),    -1, 1, false},
    {SCMP_SYS(renameat),  0,  1, true },
    {SCMP_SYS(renameat),  2,  3, false},
    {SCMP_SYS(renameat2), 0,  1, true },
    {SCMP_SYS(renameat2), 2,  3, false},
};

/* What of path is below folder, or NULL. */
static const char *below(const char *folder, const char *path) {
    size_t len = strlen(folder);
    while (len && folder[len - 1] == '/')
        len--;
    if (strncmp(folder, path, len) != 0 || (path[len] != '/' && path[len] != '\0'))
        return NULL;
    return path + len + (path[len] == '/');
}

/* A file, or a place in a folder that is there: caches of programs that find no folder to lie in
 * (__pycache__) are not what is looked for. */
static bool is_place(const char *path, bool existing) {
    char folder[PEEK_PATH];
    struct stat st;
    if (lstat(path, &st) == 0)
        return !S_ISDIR(st.st_mode);
    (void)snprintf(folder, sizeof(folder), "%s", path);
    char *slash = strrchr(folder, '/');
    if (existing || !slash)
        return false;
    *slash = '\0';
    return lstat(folder, &st) == 0;
}

static bool is_scratch(const struct witness *w, const char *path) {
    static const char *const places[] = {"/tmp", "/dev", "/proc"};
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
        if (below(places[i], path))
            return true;
    return (w->cage->scratch && below(w->cage->scratch, path)) || strstr(path, "/__pycache__/");
}

static void see_path(struct witness *w, pid_t pid, const struct writing *call, const __u64 *args) {
    char path[PEEK_PATH];
    int folder = call->folder < 0 ? AT_FDCWD : (int)args[call->folder];
    if (!peek_path(path, pid, folder, args[call->path]))
        return;
    const char *inside = below(w->cage->spec->tree, path);
    if (!inside) {
        if (!is_scratch(w, path))
            witness_note(w, SANDBOX_SAW_OUTSIDE, pid, "%.120s", path);
        return;
    }
    for (const char *const *p = w->cage->spec->read_only; p && *p; p++)
        if (below(*p, inside) && is_place(path, call->existing)) {
            witness_note(w, SANDBOX_SAW_READ_ONLY, pid, "%.120s", inside);
            return;
        }
}

/* Which flags openat2() has, only memory says. */
static bool only_reads(pid_t pid, const struct seccomp_data *call) {
    struct open_how how;
    if (call->nr != SCMP_SYS(openat2) ||
        peek_bytes(&how, sizeof(how), pid, call->args[2]) != sizeof(how))
        return false;
    return (how.flags & O_ACCMODE) == O_RDONLY && !(how.flags & O_TRUNC);
}

static void see_writing(struct witness *w, pid_t pid, const struct seccomp_data *call) {
    if (!has_begun(w) || only_reads(pid, call))
        return;
    for (size_t i = 0; i < sizeof(writings) / sizeof(*writings); i++)
        if (writings[i].number == call->nr)
            see_path(w, pid, &writings[i], call->args);
}

/* ---- answering ---- */

/* 0: it goes on; DONE: it was done for it; negative: it fails with that errno. */
static int see(struct witness *w, pid_t pid, const struct seccomp_data *call) {
    const __u64 *args = call->args;
    if (call->nr == SCMP_SYS(socket))
        return see_socket(w, pid, args);
    if (call->nr == SCMP_SYS(connect))
        return see_connect(w, pid, args);
    if (call->nr == SCMP_SYS(execve))
        return see_program(w, pid, args[0], args[1]);
    if (call->nr == SCMP_SYS(execveat))
        return see_program(w, pid, args[1], args[2]);
    see_writing(w, pid, call);
    return 0;
}

static void reply(struct witness *w, uint64_t id, int error) {
    *w->answer = (struct seccomp_notif_resp){.id = id,
                                             .error = error == DONE ? 0 : error,
                                             .flags = error ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    (void)seccomp_notify_respond(w->listener, w->answer); /* who asked may be dead */
}

static void answer(struct witness *w) {
    const struct seccomp_data *call = &w->request->data;
    pid_t pid = (pid_t)w->request->pid;
    if (call->nr == SCMP_SYS(exit_group)) {
        if (pid == w->first && has_begun(w)) {
            w->held = true;
            w->end = w->request->id;
        } else {
            reply(w, w->request->id, 0);
        }
        return;
    }
    reply(w, w->request->id, see(w, pid, call));
}

void witness_serve(struct witness *w) {
    if (w->channel >= 0) {
        struct pollfd came = {.fd = w->channel, .events = POLLIN};
        if (poll(&came, 1, 0) == 1)
            meet(w);
    }
    for (int i = 0; w->listener >= 0 && i < TURN_MOST; i++) {
        struct pollfd asked = {.fd = w->listener, .events = POLLIN};
        if (poll(&asked, 1, 0) != 1)
            return;
        if (!(asked.revents & POLLIN)) {
            shut(&w->listener); /* nobody is left to ask */
            return;
        }
        memset(w->request, 0, sizeof(*w->request));
        if (seccomp_notify_receive(w->listener, w->request) == 0)
            answer(w);
    }
}

void witness_release(struct witness *w) {
    if (w->held)
        reply(w, w->end, 0);
    w->held = false;
}
