/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/door.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "orchestrator/proc/keeper.h"
#include "orchestrator/proc/pass.h"

enum { BACKLOG = 64, INFO_BYTES = 4096, WAIT_MS = 10000, CONNECT_MS = 20 };

static int listen_at(int port) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
        bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* A port that is free, for this run. */
static int listen_anywhere(struct cage *c) {
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof(at);
    int fd = listen_at(0);
    if (fd >= 0 && getsockname(fd, (struct sockaddr *)&at, &size) == 0)
        c->way = ntohs(at.sin_port);
    return fd;
}

/* On the loopback a connection is there at once, or nobody takes it. */
static int connect_own(const struct cage *c) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)c->way)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct pollfd made = {.fd = fd, .events = POLLOUT};
    int error = fd < 0 ? errno : 0;
    socklen_t size = sizeof(error);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof(at)) != 0)
        error = errno;
    if (error == EINPROGRESS && (poll(&made, 1, CONNECT_MS) != 1 ||
                                 getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0))
        error = ECONNREFUSED;
    if (error && fd >= 0)
        close(fd);
    errno = error;
    return error ? -1 : fd;
}

/* Whether its descriptor waits, as it wants the one that comes in its place. */
static int flags_of(pid_t pid, int fd) {
    char path[64], line[128];
    unsigned long flags = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)pid, fd);
    FILE *f = fopen(path, "re");
    while (f && !flags && fgets(line, sizeof(line), f))
        if (strncmp(line, "flags:", 6) == 0)
            flags = strtoul(line + 6, NULL, 8);
    if (f)
        (void)fclose(f);
    return (int)flags;
}

int door_lead(const struct cage *c, int listener, uint64_t id, pid_t pid, int fd) {
    int own = connect_own(c), flags = flags_of(pid, fd);
    struct seccomp_notif_addfd add = {.id = id,
                                      .flags = SECCOMP_ADDFD_FLAG_SETFD,
                                      .srcfd = (__u32)own,
                                      .newfd = (__u32)fd,
                                      .newfd_flags = (__u32)flags & O_CLOEXEC};
    if (own < 0)
        return -1;
    if (!(flags & O_NONBLOCK))
        (void)fcntl(own, F_SETFL, 0);
    int rc = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add) < 0 ? -1 : 0, error = errno;
    close(own);
    errno = error;
    return rc;
}

int door_open(struct door *d, struct cage *c) {
    int info[2], block[2];
    c->info = c->block = -1;
    if (!c->spec->door)
        return 0;
    if (pipe2(block, O_CLOEXEC) != 0)
        return -1;
    c->block = block[0];
    d->block = block[1];
    if (c->level != SANDBOX_NAMESPACES) {
        d->listening = listen_anywhere(c);
        return d->listening < 0 ? -1 : 0;
    }
    if (pipe2(info, O_CLOEXEC) != 0)
        return -1;
    d->info = info[0];
    c->info = info[1];
    return 0;
}

/* {"child-pid": 123, …}; to its end, for bubblewrap writes it in pieces. */
static pid_t read_pid(int fd) {
    char text[INFO_BYTES];
    size_t len = 0;
    for (;;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        ssize_t n = poll(&wait, 1, WAIT_MS) == 1 ? read(fd, text + len, sizeof(text) - 1 - len) : 0;
        if (n <= 0)
            return -1;
        len += (size_t)n;
        text[len] = '\0';
        const char *at = strstr(text, "\"child-pid\":");
        if (at && strchr(at, '}'))
            return (pid_t)strtol(at + strlen("\"child-pid\":"), NULL, 10);
    }
}

static int send_socket(int tell, int listening) {
    struct keeper_message m = {.word = KEEPER_DOOR};
    return pass_send(tell, &m, sizeof(m), listening);
}

/* Into the network of that process, as who owns it. A socket stays where it was made. */
static int enter_network(pid_t pid) {
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
    int net = open(path, O_RDONLY | O_CLOEXEC);
    int owner = net < 0 ? -1 : ioctl(net, NS_GET_USERNS);
    if (owner < 0)
        return -1;
    return setns(owner, CLONE_NEWUSER) != 0 || setns(net, CLONE_NEWNET) != 0 ? -1 : 0;
}

/* bubblewrap names its child before that has brought up the network's loopback, and until then it
 * has no address. */
static int listen_once_up(int port) {
    const struct timespec pause = {.tv_nsec = 1000000};
    int fd = listen_at(port);
    for (int ms = 0; fd < 0 && errno == EADDRNOTAVAIL && ms < WAIT_MS; ms++) {
        (void)nanosleep(&pause, NULL);
        fd = listen_at(port);
    }
    return fd;
}

/* A process of its own enters the namespaces, for nobody comes back from one of users. */
static int show_inside(pid_t pid, int port, int tell) {
    int status = 0;
    pid_t helper = fork();
    if (helper == 0) {
        int fd = enter_network(pid) == 0 ? listen_once_up(port) : -1;
        _exit(fd >= 0 && send_socket(tell, fd) == 0 ? 0 : errno ? errno & 0x7f : EIO);
    }
    if (helper < 0 || waitpid(helper, &status, 0) != helper)
        return -1;
    errno = WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
    return errno == 0 ? 0 : -1;
}

int door_show(struct door *d, const struct cage *c, int tell) {
    char answer = 0;
    int rc;
    close(c->block);
    if (d->info >= 0) {
        close(c->info);
        pid_t pid = read_pid(d->info);
        errno = pid > 0 ? 0 : EIO;
        rc = pid > 0 ? show_inside(pid, c->spec->door_port, tell) : -1;
    } else {
        rc = send_socket(tell, d->listening);
        close(d->listening);
    }
    if (rc == 0 && (recv(tell, &answer, 1, 0) != 1 || answer != 'y')) {
        errno = ECANCELED;
        rc = -1;
    }
    if (rc == 0 && write(d->block, "y", 1) != 1)
        rc = -1;
    return rc;
}

/* Without block, which ends with the keeper: see door.h. */
void door_close(struct door *d, const struct cage *c) {
    int fds[] = {c->block, c->info, d->listening};
    for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    d->listening = -1;
}
