/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/orchestrator/proc/escape_rows.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const char *place(const char *name) {
    const char *value = getenv(name);
    if (!value)
        exit(NO_SURROUNDINGS);
    return value;
}

pid_t other(void) {
    return (pid_t)strtol(place("E_PID"), NULL, 10);
}

int out_if(bool out) {
    if (!out)
        (void)fprintf(stderr, "%s\n", strerror(errno));
    return out ? OUT : HELD;
}

bool holds(const char *path, const char *text) {
    char bytes[1 << 16];
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));
    return n > 0 && memmem(bytes, (size_t)n, text, strlen(text));
}

static int inet(int type) {
    struct sockaddr_in at = {.sin_family = AF_INET};
    at.sin_port = htons((uint16_t)strtol(place("E_PORT"), NULL, 10));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, type, 0);
    return out_if(fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
                  send(fd, "x", 1, MSG_NOSIGNAL) == 1);
}

int tcp(void) {
    return inet(SOCK_STREAM);
}

int udp(void) {
    return inet(SOCK_DGRAM);
}

static int local(const char *name, bool abstract) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t len = strlen(name);
    memcpy(at.sun_path + abstract, name, len);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + abstract + len);
    return out_if(fd >= 0 && connect(fd, (struct sockaddr *)&at, size) == 0);
}

int unix_socket(void) {
    return local(place("E_UNIX"), false);
}

/* One of a pair, which needs no socket(), sends wherever it is told. */
static int from_a_pair(int type) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int ends[2];
    (void)snprintf(at.sun_path, sizeof(at.sun_path), "%.90s.datagrams", place("E_UNIX"));
    if (socketpair(AF_UNIX, type, 0, ends) != 0)
        return out_if(false);
    return out_if(sendto(ends[0], "x", 1, 0, (struct sockaddr *)&at, sizeof(at)) == 1);
}

int datagram_from_a_pair(void) {
    return from_a_pair(SOCK_DGRAM);
}

/* Of a local family the kernel takes it for a datagram. */
int datagram_from_a_raw_pair(void) {
    return from_a_pair(SOCK_RAW);
}

int abstract_socket(void) {
    return local(place("E_ABSTRACT"), true);
}

static int socket_of(int family, int type, int protocol) {
    return out_if(socket(family, type, protocol) >= 0);
}

int netlink(void) {
    return socket_of(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
}

int packet_socket(void) {
    return socket_of(AF_PACKET, SOCK_RAW, 0);
}

int raw_socket(void) {
    return socket_of(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

int crypto_socket(void) {
    return socket_of(AF_ALG, SOCK_SEQPACKET, 0);
}

int machine_socket(void) {
    return socket_of(AF_VSOCK, SOCK_STREAM, 0);
}

int io_uring(void) {
    char params[256] = {0};
    return out_if(syscall(425, 8, params) >= 0);
}

int attach_to_others(void) {
    if (ptrace(PTRACE_SEIZE, other(), NULL, NULL) != 0)
        return out_if(false);
    (void)ptrace(PTRACE_DETACH, other(), NULL, NULL);
    return OUT;
}

int take_descriptor_of_others(void) {
    int fd = (int)syscall(434, other(), 0); /* pidfd_open */
    return out_if(fd >= 0 && syscall(438, fd, 0, 0) >= 0);
}

int kill_others(void) {
    return out_if(kill(other(), SIGCONT) == 0);
}

int stop_others(void) {
    bool out = kill(other(), SIGSTOP) == 0;
    return out_if(out || syscall(SYS_tgkill, other(), other(), SIGSTOP) == 0);
}

int kill_others_by_descriptor(void) {
    int fd = (int)syscall(434 /* pidfd_open */, other(), 0);
    return out_if(fd >= 0 && syscall(424 /* pidfd_send_signal */, fd, SIGCONT, NULL, 0) == 0);
}

/* A limit that ends a process as a signal would. What it is set to harms the victim not. */
int limit_others(void) {
    struct rlimit r;
    if (prlimit(other(), RLIMIT_CPU, NULL, &r) != 0)
        return out_if(false);
    return out_if(prlimit(other(), RLIMIT_CPU, &r, NULL) == 0);
}

int starve_others(void) {
    struct sched_param none = {0};
    bool out = setpriority(PRIO_PROCESS, (id_t)other(), 19) == 0;
    return out_if(out || sched_setscheduler(other(), SCHED_IDLE, &none) == 0);
}

int inherited_descriptor(void) {
    bool out = false;
    for (int fd = 3; fd < 4096; fd++)
        out = out || fcntl(fd, F_GETFD) >= 0;
    return out_if(out);
}

int inherited_token(void) {
    return out_if(getenv("E_TOKEN") != NULL);
}

/* A terminal of its own, in whose input a letter is put as if somebody had typed it. */
int type_into_terminal(void) {
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        return out_if(open("/dev/tty", O_RDWR) >= 0);
    (void)setsid();
    int slave = open(ptsname(master), O_RDWR);
    return out_if(slave >= 0 && ioctl(slave, TIOCSCTTY, 0) == 0 &&
                  (ioctl(slave, TIOCSTI, "x") == 0 ||
                   syscall(SYS_ioctl, (long)slave, 0x100000000L | TIOCSTI, "x") == 0));
}

int mount_something(void) {
    (void)mkdir("mnt", 0700);
    bool out = mount("none", "mnt", "tmpfs", 0, NULL) == 0;
    if (out)
        (void)umount2("mnt", MNT_DETACH);
    return out_if(out);
}

int new_user_namespace(void) {
    return out_if(unshare(CLONE_NEWUSER) == 0);
}

int new_user_namespace_by_clone(void) {
    long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);
    if (pid == 0)
        _exit(0);
    return out_if(pid > 0);
}

int new_user_namespace_by_clone3(void) {
    uint64_t args[8] = {CLONE_NEWUSER, 0, 0, 0, SIGCHLD};
    long pid = syscall(435, args, sizeof(args));
    if (pid == 0)
        _exit(0);
    return out_if(pid > 0);
}

int enter_namespace(void) {
    return out_if(setns(open("/proc/self/ns/uts", O_RDONLY), CLONE_NEWUTS) == 0);
}

int change_root(void) {
    return out_if(chroot(".") == 0);
}

int key_of_kernel(void) {
    return out_if(syscall(SYS_add_key, "user", "escape", "x", (size_t)1, -2 /* process */) >= 0 ||
                  syscall(SYS_keyctl, 0, -3, 0) >= 0);
}

int ask_for_a_key(void) {
    return out_if(syscall(SYS_request_key, "user", "escape", NULL, -2) >= 0 || errno == ENOKEY);
}

/* The machine may have a program that is given what a crash leaves (core_pattern), outside. It is
 * not started for a limit of one byte. */
int wake_handler_of_crashes(void) {
    const struct rlimit none = {0, 0};
    struct rlimit now = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prlimit(0, RLIMIT_CORE, &none, NULL);
    return out_if(getrlimit(RLIMIT_CORE, &now) == 0 && (now.rlim_cur != 1 || now.rlim_max != 1));
}

int set_clock(void) {
    struct timespec now;
    return out_if(clock_gettime(CLOCK_REALTIME, &now) != 0 ||
                  clock_settime(CLOCK_REALTIME, &now) == 0 ||
                  unshare(0x80 /* CLONE_NEWTIME */) == 0);
}

int load_bpf(void) {
    char attr[128] = {0};
    attr[0] = 2; /* an array map of one int */
    attr[4] = attr[8] = 4;
    attr[12] = 1;
    return out_if(syscall(SYS_bpf, 0, attr, sizeof(attr)) >= 0);
}

int watch_performance(void) {
    char attr[112] = {0};
    attr[0] = 1;
    attr[4] = sizeof(attr);
    return out_if(syscall(SYS_perf_event_open, attr, 0, -1, -1, 0) >= 0);
}

int fault_handler(void) {
    return out_if(syscall(SYS_userfaultfd, 1 /* user mode only */) >= 0);
}

int open_by_handle(void) {
    union {
        struct file_handle handle;
        char room[sizeof(struct file_handle) + 128];
    } h = {.handle = {.handle_bytes = 128}};
    int mount_id;
    if (name_to_handle_at(AT_FDCWD, ".", &h.handle, &mount_id, 0) != 0)
        return out_if(false);
    return out_if(open_by_handle_at(AT_FDCWD, &h.handle, O_RDONLY) >= 0);
}

int load_module(void) {
    /* A module of no bytes: refused for its form where it is not refused at all. */
    return out_if(syscall(SYS_init_module, "", (unsigned long)0, "") == 0 || errno == ENOEXEC);
}

int shared_memory_that_stays(void) {
    int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    if (id >= 0)
        (void)shmctl(id, IPC_RMID, NULL);
    return out_if(id >= 0);
}

int uncounted_memory(void) {
    return out_if(memfd_create("hidden", 0) >= 0 || syscall(447, 0) >= 0);
}

int new_privileges(void) {
    return out_if(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
}

/* Calls of 32-bit programs have other numbers than the filter knows. */
int other_architecture(void) {
#ifdef __x86_64__
    long result = -ENOSYS;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L /* getpid */) : "memory");
    errno = (int)-result;
    return out_if(result > 0);
#else
    return HELD;
#endif
}

int foreign_numbers(void) {
    return out_if(syscall(0x40000000 | SYS_getpid) > 0);
}

int become_root(void) {
    return out_if(geteuid() != 0 && setresuid(0, 0, 0) == 0);
}

struct row {
    const char *name;
    int (*run)(void);
};
static const struct row rows[] = {
#define X(name, control) {#name, name},
    ESCAPE_MAP(X)
#undef X
};

/* In a process of its own, for one may be killed for asking. */
static void report(const struct row *row) {
    int status = 0;
    pid_t pid = fork();
    if (pid == 0)
        _exit(row->run());
    waitpid(pid, &status, 0);
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : HELD;
    (void)printf("%s %d\n", row->name, code);
    (void)fflush(stdout);
}

/* Now this, now that, for as long each; or an interrupt would nearly always find the same. */
static void change(uint32_t *address) {
    for (;;)
        for (uint32_t i = 1; i < 3; i++) {
            __atomic_store_n(address, htonl(0x7f000000 | i), __ATOMIC_RELAXED);
            for (volatile int wait = 0; wait < 200; wait++)
                ;
        }
}

/* Connects to the door again and again, until it was served often enough, while another process
 * changes the address that is asked for to somebody else's at the same port. */
static int race(void) {
    enum { LEAST = 2000, MOST = 1000000, ENOUGH = 32 };
    struct sockaddr_in *at =
        mmap(NULL, sizeof(*at), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(18091)};
    int served = 0;
    pid_t changer = fork();
    if (changer == 0)
        change(&at->sin_addr.s_addr);
    for (int i = 0; i < LEAST || (i < MOST && served < ENOUGH); i++) {
        char line[8];
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr *)at, sizeof(*at)) == 0 && served < ENOUGH)
            served += read(fd, line, sizeof(line)) == 7 && memcmp(line, "served\n", 7) == 0;
        close(fd);
    }
    (void)kill(changer, SIGKILL);
    (void)printf(served == ENOUGH ? "served\n" : "%d times served\n", served);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "race") == 0)
        return race();
    if (chdir("free") != 0)
        return NO_SURROUNDINGS;
    for (size_t i = 0; argc == 1 && i < sizeof(rows) / sizeof(*rows); i++)
        report(&rows[i]);
    return argc == 1 ? 0 : NO_SURROUNDINGS;
}
