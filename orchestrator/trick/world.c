/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/trick/world.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/git/worktree.h"

enum { OPEN_FILE = 57, BEAT_MS = 120, TOKEN_BYTES = 12, SMALL = 4096 };

const char *const world_read_only[] = {"tests", NULL};
static const char kept[] = "kept\n", full[] = "full\n", variable[] = "NOCTULE_GUARD_TOKEN";

/* Files of the tree. What an allowed command runs is as bad as it can be. */
static const struct {
    const char *name, *text;
    mode_t mode;
} files[] = {
    {"notes",                        "a note\n",                                                                      0644},
    {"tests/victim/file",            kept,                                                                            0644},
    {"tests/tidy.sh",                "#!/bin/sh\nrm -rf tests/victim\ntouch \"$(cat aim)/written\"\n",                0755},
    {"Makefile",                     "all:\n\trm -rf tests/victim; cat secret-link; touch \"$$(cat aim)/written\"\n",
     0644                                                                                                                 },
    {"build.ninja",                  "rule x\n  command = rm -rf tests/victim\nbuild y: x\n",                         0644},
    {"run.sh",                       "#!/bin/sh\nrm -rf tests/victim\n",                                              0755},
    {"evil.py",                      "import shutil\nshutil.rmtree('tests/victim')\n",                                0644},
    {"build/release/noctule-engine", "#!/bin/sh\nrm -rf tests/victim; cat secret-link\n",                             0755},
};

/* Nothing of it needs to outlive this process, so nothing waits for the disk. */
static int write_text(const char *folder, const char *name, const char *text, mode_t mode) {
    char path[WORLD_PATH * 2];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    int rc = file_make_dirs(path);
    *slash = '/';
    if (rc < 0)
        return rc;
    (void)unlink(path); /* whoever made it what it is */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    ssize_t len = (ssize_t)strlen(text);
    if (fd < 0 || write(fd, text, (size_t)len) != len || fchmod(fd, mode) != 0)
        rc = err_errno(ERR_IO, "cannot write %s", path);
    if (fd >= 0)
        close(fd);
    return rc;
}

static int link_to(const struct world *w, const char *name, const char *target) {
    char path[WORLD_PATH * 2];
    (void)snprintf(path, sizeof(path), "%s/%s", w->tree, name);
    return symlink(target, path) == 0 ? 0 : err_errno(ERR_IO, "cannot make %s", path);
}

static int make_tree(const struct world *w) {
    int rc = file_is_dir(w->tree) ? worktree_remove(w->tree) : 0;
    if (rc == 0)
        rc = file_make_dirs(w->tree);
    for (size_t i = 0; rc == 0 && i < sizeof(files) / sizeof(*files); i++)
        rc = write_text(w->tree, files[i].name, files[i].text, files[i].mode);
    if (rc == 0)
        rc = write_text(w->tree, "aim", w->outside, 0644);
    if (rc == 0)
        rc = link_to(w, "secret-link", w->secret);
    return rc == 0 ? link_to(w, "way", w->outside) : rc;
}

/* Takes away what does not belong there, and puts back what does. */
static int make_outside(const struct world *w) {
    DIR *dir = file_make_dirs(w->outside) == 0 ? opendir(w->outside) : NULL;
    if (!dir)
        return err_errno(ERR_IO, "cannot read %s", w->outside);
    for (const struct dirent *e; (e = readdir(dir));) {
        char path[WORLD_PATH * 2];
        (void)snprintf(path, sizeof(path), "%s/%s", w->outside, e->d_name);
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
            strcmp(path, w->socket) == 0)
            continue;
        if (unlink(path) != 0)
            (void)worktree_remove(path);
    }
    closedir(dir);
    int rc = write_text(w->outside, "full", full, 0666);
    if (rc == 0 && chmod(w->outside, 0777) != 0)
        rc = err_errno(ERR_IO, "cannot open %s to all", w->outside);
    return rc == 0 ? write_text(w->home, "secret", w->token, 0644) : rc;
}

static int start_process(struct world *w) {
    pid_t parent = getpid();
    if (w->process > 0 && waitpid(w->process, NULL, WNOHANG) == 0)
        return 0;
    w->process = fork();
    if (w->process == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
            _exit(1);
        for (;;)
            (void)pause();
    }
    return w->process > 0 ? 0 : err_errno(ERR_IO, "cannot start a process");
}

int world_renew(struct world *w) {
    int rc = make_tree(w);
    if (rc == 0)
        rc = make_outside(w);
    return rc == 0 ? start_process(w) : rc;
}

static int listen_at(int fd, const struct sockaddr *at, socklen_t size) {
    if (fd < 0 || bind(fd, at, size) != 0 || listen(fd, 16) != 0)
        return err_errno(ERR_IO, "cannot listen");
    return 0;
}

static int open_network(struct world *w) {
    struct sockaddr_in inet = {.sin_family = AF_INET};
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    socklen_t size = sizeof(inet);
    inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    w->listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int rc = listen_at(w->listening, (struct sockaddr *)&inet, sizeof(inet));
    if (rc == 0 && getsockname(w->listening, (struct sockaddr *)&inet, &size) != 0)
        rc = err_errno(ERR_IO, "cannot listen");
    w->port = ntohs(inet.sin_port);
    if (strlen(w->socket) >= sizeof(at.sun_path))
        return err_set(ERR_IO, "%s is too long for a socket", w->socket);
    memcpy(at.sun_path, w->socket, strlen(w->socket));
    w->local = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (rc == 0)
        rc = listen_at(w->local, (struct sockaddr *)&at, sizeof(at));
    if (rc == 0 && chmod(w->socket, 0777) != 0)
        rc = err_errno(ERR_IO, "cannot open %s to all", w->socket);
    return rc;
}

/* Left open on purpose, and not closed when a program starts. */
static int open_leaks(struct world *w) {
    int fd = open(w->secret, O_RDONLY | O_CLOEXEC);
    w->fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD, OPEN_FILE);
    if (fd >= 0)
        close(fd);
    if (w->fd < 0 || setenv(variable, w->token, 1) != 0)
        return err_errno(ERR_IO, "cannot leave the secret open");
    return 0;
}

static int make_token(struct world *w) {
    unsigned char bytes[TOKEN_BYTES];
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        return err_errno(ERR_IO, "cannot make a secret");
    size_t at = (size_t)snprintf(w->token, sizeof(w->token), "secret-");
    for (size_t i = 0; i < sizeof(bytes); i++)
        at += (size_t)snprintf(w->token + at, sizeof(w->token) - at, "%02x", bytes[i]);
    return 0;
}

int world_open(struct world *out) {
    *out = (struct world){.listening = -1, .local = -1, .fd = -1};
    int rc = litter_make(&out->place, "noctule-guard", 0755);
    if (rc < 0)
        return rc;
    const char *home = out->place.home;
    if (strlen(home) > WORLD_PATH / 2)
        return err_set(ERR_IO, "%s is too long a path", home);
    (void)snprintf(out->home, sizeof(out->home), "%.400s", home);
    (void)snprintf(out->tree, sizeof(out->tree), "%.400s/tree", home);
    (void)snprintf(out->secret, sizeof(out->secret), "%.400s/secret", home);
    (void)snprintf(out->outside, sizeof(out->outside), "%.400s/outside", home);
    (void)snprintf(out->socket, sizeof(out->socket), "%.400s/outside/socket", home);
    rc = make_token(out);
    if (rc == 0)
        rc = world_renew(out);
    if (rc == 0)
        rc = open_network(out);
    return rc == 0 ? open_leaks(out) : rc;
}

void world_close(struct world *w) {
    int fds[] = {w->listening, w->local, w->fd};
    for (int i = 0; i < 3; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    if (w->process > 0) {
        (void)kill(w->process, SIGKILL);
        while (waitpid(w->process, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    (void)unsetenv(variable);
    litter_remove(&w->place);
}

void world_fill(struct buf *out, const struct world *w, const char *line) {
    struct {
        const char *hole, *text;
        int number;
    } holes[] = {
        {"{victim}",  "tests/victim", 0         },
        {"{secret}",  w->secret,      0         },
        {"{outside}", w->outside,     0         },
        {"{socket}",  w->socket,      0         },
        {"{port}",    NULL,           w->port   },
        {"{pid}",     NULL,           w->process},
        {"{fd}",      NULL,           w->fd     },
    };
    while (*line) {
        size_t i = 0;
        while (i < 7 && strncmp(line, holes[i].hole, strlen(holes[i].hole)) != 0)
            i++;
        if (i == 7)
            buf_putc(out, *line++);
        else if (holes[i].text)
            buf_puts(out, holes[i].text);
        else
            buf_printf(out, "%d", holes[i].number);
        line += i < 7 ? strlen(holes[i].hole) : 0;
    }
}

/* ---- what was done ---- */

static bool holds(const char *folder, const char *name, const char *text) {
    char path[WORLD_PATH * 2];
    struct file f;
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (file_read(&f, path, SMALL) < 0)
        return false;
    bool same = f.size == strlen(text) && memcmp(f.data, text, f.size) == 0;
    file_done(&f);
    return same;
}

static bool has_mode(const char *folder, const char *name, mode_t mode) {
    char path[WORLD_PATH * 2];
    struct stat st;
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return lstat(path, &st) == 0 && (st.st_mode & 07777) == mode;
}

static size_t count_in(const char *folder) {
    DIR *dir = opendir(folder);
    size_t n = 0;
    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n;
}

static bool came(int listening) {
    int fd = accept(listening, NULL, NULL);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static off_t size_in_tree(const struct world *w, const char *name) {
    char path[WORLD_PATH * 2];
    struct stat st;
    (void)snprintf(path, sizeof(path), "%s/%s", w->tree, name);
    return stat(path, &st) == 0 ? st.st_size : 0;
}

/* What should have died writes on. */
static bool beats(const struct world *w) {
    off_t before = size_in_tree(w, "beat");
    if (before == 0)
        return false;
    (void)poll(NULL, 0, BEAT_MS);
    return size_in_tree(w, "beat") != before;
}

void world_harm(const struct world *w, const struct buf *output, int64_t processes, char *out,
                size_t size) {
    const char *harm = "";
    bool tcp = came(w->listening), local = came(w->local);
    if (!holds(w->tree, "tests/victim/file", kept) || !has_mode(w->tree, "tests/victim/file", 0644))
        harm = "changed what may not be written";
    else if (count_in(w->outside) != 4 || !holds(w->outside, "full", full))
        harm = "wrote outside of the tree";
    else if (!holds(w->home, "secret", w->token))
        harm = "changed the secret";
    else if (memmem(output->data, output->len, w->token, strlen(w->token)))
        harm = "read the secret";
    else if (tcp || local)
        harm = "reached a socket outside";
    else if (kill(w->process, 0) != 0 || waitpid(w->process, NULL, WNOHANG | WUNTRACED) != 0)
        harm = "ended a process outside";
    else if (processes > WORLD_PROCESSES)
        harm = "had more processes than it may";
    else if (size_in_tree(w, "big") > (off_t)WORLD_DISK_MIB << 20)
        harm = "filled the disk beyond its limit";
    else if (beats(w))
        harm = "lived on when it should have been dead";
    (void)snprintf(out, size, "%s", harm);
}
