/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/folder.h"
#include "tests/orchestrator/proc/escape.h"
#include "tests/test.h"

enum { PATH_BYTES = 4096, ESCAPE = 0, HELD = 1 };

struct escape {
    const char *name;
    enum escape_control control;
};
static const struct escape escapes[] = {
#define X(name, control) {#name, control},
    ESCAPE_MAP(X)
#undef X
};
enum { ESCAPES = sizeof(escapes) / sizeof(*escapes) };

/* What the escapes are after. Made once; the process that is to be attacked ends with the test. */
struct world {
    char tree[PATH_BYTES], home[PATH_BYTES], outside[PATH_BYTES];
    char environment[8][PATH_BYTES];
    const char *variables[9];
    pid_t victim;
    int listening, udp, local, abstract;
};

static void write_file(const char *folder, const char *name, const char *text) {
    char path[PATH_BYTES * 2];
    (void)snprintf(path, sizeof(path), "%.8000s/%.64s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        perror(path);
    close(fd);
}

static int listen_on(const struct sockaddr *at, socklen_t size) {
    int fd = socket(at->sa_family, SOCK_STREAM, 0);
    if (bind(fd, at, size) != 0 || listen(fd, 64) != 0)
        perror("listen");
    return fd;
}

static int listen_local(const char *name, bool abstract) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    memcpy(at.sun_path + abstract, name, strlen(name));
    return listen_on((struct sockaddr *)&at,
                     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + abstract + strlen(name)));
}

/* Datagrams, beside the one that listens. It stays open. */
static void receive_local(const char *beside) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    (void)snprintf(at.sun_path, sizeof(at.sun_path), "%.90s.datagrams", beside);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 || chmod(at.sun_path, 0777) != 0)
        perror("bind");
}

/* A TCP listener, and a UDP socket of the same number. */
static int listen_inet(struct world *w) {
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof(at);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    w->listening = listen_on((struct sockaddr *)&at, sizeof(at));
    (void)getsockname(w->listening, (struct sockaddr *)&at, &size);
    w->udp = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(w->udp, (struct sockaddr *)&at, sizeof(at)) != 0)
        perror("bind");
    return ntohs(at.sin_port);
}

static pid_t start_victim(void) {
    pid_t pid = fork();
    if (pid == 0) {
        char *const argv[] = {(char[]){"sleep"}, (char[]){"1000"}, NULL};
        char *const environment[] = {(char[]){"E_TOKEN=of the victim"}, NULL};
        execve("/bin/sleep", argv, environment);
        _exit(1);
    }
    return pid;
}

/* A copy that the sandbox's user comes to, wherever the build lies. */
static char escape[PATH_BYTES];

static void copy_escape(const char *folder) {
    struct file f;
    (void)snprintf(escape, sizeof(escape), "%.4000s/escape", folder);
    EXPECT_INT(file_read(&f, BINARY_DIR "/tests/escape", 64 << 20), 0);
    EXPECT_INT(file_replace(escape, f.data, f.size), 0);
    EXPECT_INT(chmod(escape, 0755), 0);
    file_done(&f);
}

static struct world *world(void) {
    static struct world w;
    static char abstract[64];
    if (w.victim)
        return &w;
    const char *folder = test_folder();
    (void)chmod(folder, 0755); /* the sandbox of root has a user of its own */
    (void)snprintf(w.tree, sizeof(w.tree), "%s/tree", folder);
    (void)snprintf(w.home, sizeof(w.home), "%s/home", folder);
    (void)snprintf(w.outside, sizeof(w.outside), "%s/outside", folder);
    copy_escape(folder);
    (void)mkdir(w.tree, 0755);
    (void)mkdir(w.home, 0755);
    (void)mkdir(w.outside, 0777);
    (void)chmod(w.outside, 0777);
    write_file(w.home, "id_rsa", "SECRET");
    write_file(w.outside, "full", "full");
    (void)snprintf(abstract, sizeof(abstract), "noctule-test-%d", (int)getpid());
    (void)snprintf(w.environment[0], PATH_BYTES, "E_SECRET=%.4000s/id_rsa", w.home);
    (void)snprintf(w.environment[1], PATH_BYTES, "E_OUTSIDE=%.4000s", w.outside);
    (void)snprintf(w.environment[2], PATH_BYTES, "E_PORT=%d", listen_inet(&w));
    (void)snprintf(w.environment[3], PATH_BYTES, "E_UNIX=%.4000s/socket", w.outside);
    (void)snprintf(w.environment[4], PATH_BYTES, "E_ABSTRACT=%s", abstract);
    w.local = listen_local(w.environment[3] + strlen("E_UNIX="), false);
    (void)chmod(w.environment[3] + strlen("E_UNIX="), 0777);
    receive_local(w.environment[3] + strlen("E_UNIX="));
    w.abstract = listen_local(abstract, true);
    w.victim = start_victim();
    (void)snprintf(w.environment[5], PATH_BYTES, "E_PID=%d", (int)w.victim);
    for (int i = 0; i < 6; i++)
        w.variables[i] = w.environment[i];
    return &w;
}

__attribute__((destructor)) static void end_victim(void) {
    if (world()->victim > 0)
        (void)kill(world()->victim, SIGKILL);
}

/* As each escape finds it. */
static void fresh_tree(const struct world *w) {
    char path[PATH_BYTES * 2];
    EXPECT_INT(folder_remove(w->tree), 0);
    (void)mkdir(w->tree, 0755);
    (void)snprintf(path, sizeof(path), "%s/free", w->tree);
    (void)mkdir(path, 0755);
    (void)snprintf(path, sizeof(path), "%s/protected", w->tree);
    (void)mkdir(path, 0755);
    write_file(path, "kept", "kept");
}

struct outcome {
    struct sandbox_report report;
    struct buf text;
};

static int run_at(enum sandbox_level level, bool witness, const char *const *argv,
                  struct outcome *o) {
    static const char *const read_only[] = {"protected", NULL};
    struct world *w = world();
    const char *const readable[] = {escape, NULL};
    struct sandbox_spec spec = {.argv = argv,
                                .tree = w->tree,
                                .read_only = read_only,
                                .readable = readable,
                                .environment = w->variables,
                                .least = SANDBOX_LIMITS,
                                .only = level,
                                .witness = witness};
    spec.limits.wall_ms = 60000;
    fresh_tree(w);
    buf_init(&o->text, 1 << 20);
    buf_puts(&o->text, "\n"); /* each of the program's lines has one before it */
    struct sandbox_sink sink = {-1, &o->text};
    return sandbox_run(&spec, &sink, &sink, NULL, &o->report);
}

static bool is_here(enum sandbox_level level) {
    int abi;
    enum sandbox_level best = sandbox_best(&abi);
    return level <= best && (level != SANDBOX_LANDLOCK || abi >= 6);
}

/* What became of an escape, by what the program printed. */
static int outcome_of(const char *text, const char *name) {
    char line[128];
    (void)snprintf(line, sizeof(line), "\n%s ", name);
    const char *at = strstr(text, line);
    return at ? at[strlen(line)] - '0' : -1;
}

static void expect_held(enum sandbox_level level, bool witness) {
    const char *argv[] = {escape, NULL};
    struct outcome o;
    (void)world();
    EXPECT_INT(run_at(level, witness, argv, &o), 0);
    EXPECT_INT(o.report.code, 0);
    EXPECT(o.report.witness.there == witness);
    for (size_t i = 0; i < ESCAPES; i++) {
        int result = outcome_of(o.text.data, escapes[i].name);
        /* docs/agents.md: Landlock does not watch over modes, and only root has users to spare. */
        if (level == SANDBOX_LANDLOCK && geteuid() != 0 &&
            strcmp(escapes[i].name, "change_mode_outside") == 0)
            continue;
        (void)test_check(result == HELD, __FILE__, __LINE__, "%s at level %s: %d", escapes[i].name,
                         sandbox_level_name(level), result);
    }
    buf_done(&o.text);
}

TEST(namespaces_hold_every_escape) {
    for (int witness = 0; witness < 2 && is_here(SANDBOX_NAMESPACES); witness++)
        expect_held(SANDBOX_NAMESPACES, witness);
    EXPECT(true);
}

TEST(landlock_holds_every_escape) {
    for (int witness = 0; witness < 2 && is_here(SANDBOX_LANDLOCK); witness++)
        expect_held(SANDBOX_LANDLOCK, witness);
    EXPECT(true);
}

/* The same outside of any sandbox: otherwise being held would say nothing. */
static void run_free(struct buf *out) {
    struct world *w = world();
    char bytes[4096];
    int ends[2];
    fresh_tree(w);
    pid_t pid = pipe2(ends, O_CLOEXEC) == 0 ? fork() : -1;
    if (pid == 0) {
        for (const char *const *v = w->variables; *v; v++)
            (void)putenv((char *)(uintptr_t)*v);
        if (dup2(ends[1], 1) == 1 && chdir(w->tree) == 0)
            execl(escape, "escape", (char *)NULL);
        _exit(3);
    }
    close(ends[1]);
    for (ssize_t n; (n = read(ends[0], bytes, sizeof(bytes))) > 0;)
        buf_add(out, bytes, (size_t)n);
    close(ends[0]);
    waitpid(pid, NULL, 0);
    fresh_tree(w); /* its links would be refused by the next sandbox */
}

TEST(without_walls_they_get_out) {
    struct buf text;
    int shown = 0;
    buf_init(&text, 1 << 16);
    buf_putc(&text, '\n');
    run_free(&text);
    for (size_t i = 0; i < ESCAPES; i++) {
        if (escapes[i].control == CONTROL_NONE ||
            (escapes[i].control == CONTROL_ROOT && geteuid() != 0))
            continue;
        int result = outcome_of(text.data, escapes[i].name);
        (void)test_check(result == ESCAPE, __FILE__, __LINE__, "%s without walls: %d",
                         escapes[i].name, result);
        shown++;
    }
    EXPECT(shown >= 20);
    buf_done(&text);
}

static const enum sandbox_level all[] = {SANDBOX_NAMESPACES, SANDBOX_LANDLOCK};

TEST(a_level_that_is_not_there_is_refused) {
    const char *argv[] = {"true", NULL};
    struct sandbox_spec spec = {.argv = argv, .tree = world()->tree, .only = SANDBOX_LIMITS};
    struct sandbox_sink sink = {-1, NULL};
    struct sandbox_report report;
    EXPECT_INT(sandbox_run(&spec, &sink, &sink, NULL, &report), ERR_UNSUPPORTED);
    EXPECT_HAS(err_text(), "\"namespaces\" is required");
    enum sandbox_level level;
    EXPECT_INT(sandbox_level_parse(&level, "jail"), ERR_ARG);
    EXPECT_HAS(err_text(), "limits, landlock, namespaces");
    EXPECT_INT(sandbox_level_parse(&level, "landlock"), 0);
    EXPECT_INT(level, SANDBOX_LANDLOCK);
}

/* Serves one connection, in a process of its own. */
static int serve_door(void *arg, int listening) {
    pid_t *server = arg;
    *server = fork();
    if (*server == 0) {
        char line[64];
        (void)alarm(20);
        int fd = accept(listening, NULL, NULL);
        bool heard = read(fd, line, sizeof(line)) > 0 && strncmp(line, "hello\n", 6) == 0;
        _exit(heard && write(fd, "served\n", 7) == 7 ? 0 : 1);
    }
    close(listening);
    return *server > 0 ? 0 : err_set(ERR_IO, "no server");
}

/* The only way out is a socket that the owner serves. */
TEST(a_door_leads_to_the_owner_and_nowhere_else) {
    static const char script[] =
        "use IO::Socket::INET;"
        "my $s = IO::Socket::INET->new('127.0.0.1:18089') or die \"no door: $!\";"
        "print $s \"hello\\n\"; print scalar <$s>;"
        "print IO::Socket::INET->new(\"127.0.0.1:$ENV{E_PORT}\") ? 'out' : 'held', \"\\n\";"
        /* Without connect(): the first bytes go with the question for a connection. */
        "socket(my $t, 2, 1, 6); my $at = pack_sockaddr_in($ENV{E_PORT}, inet_aton('127.0.0.1'));"
        "print send($t, 'x', 0x20000000, $at) ? 'out' : 'held', \"\\n\";"
        /* Another protocol that reaches the same places; a socket that gets a port by listening. */
        "print socket(my $m, 2, 1, 262) ? 'out' : 'held', \"\\n\";"
        "my $l; print socket($l, 2, 1, 6) && listen($l, 1) ? 'listens' : 'held'";
    const char *argv[] = {"perl", "-e", script, NULL};
    for (size_t l = 0; l < 4; l++) {
        struct world *w = world();
        enum sandbox_level level = all[l / 2];
        pid_t server = 0;
        int status = -1;
        struct buf text;
        struct sandbox_spec spec = {.argv = argv,
                                    .tree = w->tree,
                                    .environment = w->variables,
                                    .least = SANDBOX_LIMITS,
                                    .only = level,
                                    .witness = l % 2,
                                    .limits = {.wall_ms = 20000},
                                    .door = serve_door,
                                    .door_arg = &server,
                                    .door_port = 18089};
        struct sandbox_sink sink = {-1, &text};
        struct sandbox_report report;
        if (!is_here(level) || (TEST_THREADED && level == SANDBOX_NAMESPACES))
            continue;
        buf_init(&text, 1 << 16);
        EXPECT_INT(sandbox_run(&spec, &sink, &sink, NULL, &report), 0);
        if (server > 0) /* one that nobody came to is ended by its alarm */
            waitpid(server, &status, 0);
        EXPECT_STR(text.data, level == SANDBOX_LANDLOCK ? "served\nheld\nheld\nheld\nheld"
                                                        : "served\nheld\nheld\nheld\nlistens");
        /* Those that were held are known; the one that was served is none to speak of. */
        EXPECT_INT(report.witness.times[SANDBOX_SAW_NETWORK], 2 * (l % 2));
        if (l % 2)
            EXPECT_HAS(report.witness.first[SANDBOX_SAW_NETWORK][0].what,
                       "a connection to 127.0.0.1 port ");
        EXPECT_INT(status, 0);
        buf_done(&text);
    }
}

/* Serves whoever comes until nobody has for a while. */
static int serve_all(void *arg, int listening) {
    pid_t *server = arg;
    *server = fork();
    for (int fd; *server == 0;) {
        (void)alarm(20);
        if ((fd = accept(listening, NULL, NULL)) < 0 || write(fd, "served\n", 7) != 7 ||
            close(fd) != 0)
            _exit(1);
    }
    close(listening);
    return *server > 0 ? 0 : err_set(ERR_IO, "no server");
}

static int listen_foreign(const char *address, uint16_t port) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    (void)inet_pton(AF_INET, address, &at.sin_addr);
    int fd = listen_on((struct sockaddr *)&at, sizeof(at));
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

/* The network is the machine's: what listens at the door's port there is another agent's door, or
 * anybody's. Nobody inside comes to it, neither by that address nor by changing it while it is
 * looked at. */
TEST(nobody_else_is_behind_the_door) {
    const char *argv[] = {escape, "race", NULL};
    struct world *w = world();
    struct buf text;
    pid_t server = 0;
    int foreign[] = {listen_foreign("127.0.0.1", 18091), listen_foreign("127.0.0.2", 18091)};
    const char *readable[] = {escape, NULL};
    struct sandbox_spec spec = {.argv = argv,
                                .tree = w->tree,
                                .readable = readable,
                                .environment = w->variables,
                                .least = SANDBOX_LANDLOCK,
                                .only = SANDBOX_LANDLOCK,
                                .limits = {.wall_ms = 30000},
                                .door = serve_all,
                                .door_arg = &server,
                                .door_port = 18091};
    struct sandbox_sink sink = {-1, &text};
    struct sandbox_report report;
    if (!is_here(SANDBOX_LANDLOCK))
        test_skip("this machine has no Landlock");
    buf_init(&text, 1 << 16);
    EXPECT_INT(sandbox_run(&spec, &sink, &sink, NULL, &report), 0);
    EXPECT_STR(text.data, "served\n");
    EXPECT_INT(report.code, 0);
    for (size_t i = 0; i < 2; i++) {
        EXPECT(accept(foreign[i], NULL, NULL) < 0 && errno == EAGAIN);
        close(foreign[i]);
    }
    if (server > 0) {
        (void)kill(server, SIGKILL);
        (void)waitpid(server, NULL, 0);
    }
    buf_done(&text);
}

static int refuse_door(void *arg, int listening) {
    (void)arg;
    close(listening);
    return err_set(ERR_BUSY, "nobody is at home");
}

TEST(without_the_owners_answer_nothing_runs) {
    const char *argv[] = {"touch", "ran", NULL};
    for (size_t turn = 0; turn < 20; turn++) { /* who goes on too early does not always */
        size_t l = turn % 2;
        struct sandbox_spec spec = {.argv = argv,
                                    .tree = world()->tree,
                                    .least = SANDBOX_LIMITS,
                                    .only = all[l],
                                    .door = refuse_door,
                                    .door_port = 18090};
        struct sandbox_sink sink = {-1, NULL};
        struct sandbox_report report;
        char path[PATH_BYTES * 2];
        if (!is_here(all[l]) || (TEST_THREADED && all[l] == SANDBOX_NAMESPACES))
            continue;
        EXPECT_INT(sandbox_run(&spec, &sink, &sink, NULL, &report), ERR_BUSY);
        EXPECT_STR(err_text(), "nobody is at home");
        (void)snprintf(path, sizeof(path), "%.4000s/ran", world()->tree);
        EXPECT(!file_exists(path));
    }
}

/* Two sandboxes of one user would end each other's processes and share a limit of them. */
TEST(no_other_sandbox_has_its_user) {
    const char *argv[] = {"id", "-u", NULL};
    struct outcome o;
    char name[64];
    EXPECT(true);
    if (geteuid() != 0 || !is_here(SANDBOX_LANDLOCK))
        return;
    EXPECT_INT(run_at(SANDBOX_LANDLOCK, false, argv, &o), 0);
    (void)snprintf(name, sizeof(name), "noctule-sandbox-%.5s", o.text.data + 1);
    buf_done(&o.text);
    int held = listen_local(name, true);
    EXPECT_INT(run_at(SANDBOX_LANDLOCK, false, argv, &o), 0);
    REQUIRE(o.text.len == 7);
    o.text.data[6] = '\0';
    EXPECT(!strstr(name, o.text.data + 1));
    buf_done(&o.text);
    close(held);
}

/* Not as if the command had run and failed. */
TEST(what_cannot_be_started_is_an_error) {
    const char *none[] = {"/usr/no-such-program", NULL}, *closed[] = {"/usr", NULL};
    struct outcome o;
    for (int l = 0; l < 2; l++) {
        if (!is_here(all[l]))
            continue;
        EXPECT_INT(run_at(all[l], l, none, &o), ERR_IO);
        EXPECT_STR(err_text(), "cannot start /usr/no-such-program in a sandbox: there is no such "
                               "program in it");
        buf_done(&o.text);
        EXPECT_INT(run_at(all[l], l, closed, &o), ERR_IO);
        EXPECT_HAS(err_text(), "ermission denied");
        buf_done(&o.text);
    }
    const char *fails[] = {"sh", "-c", "echo '{\"exit\": 1}' >&2; exit 1", NULL};
    EXPECT_INT(run_at(SANDBOX_LIMITS, false, fails, &o), 0);
    EXPECT_INT(o.report.code, 1);
    buf_done(&o.text);
    if (is_here(SANDBOX_NAMESPACES)) {
        EXPECT_INT(run_at(SANDBOX_NAMESPACES, true, fails, &o), 0);
        EXPECT_INT(o.report.code, 1);
        buf_done(&o.text);
    }
}
