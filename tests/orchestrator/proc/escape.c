/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/orchestrator/proc/escape.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
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
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUT = 0, HELD = 1, NO_SURROUNDINGS = 2, PATH_BYTES = 4096 };

static const char *place(const char *name) {
    const char *value = getenv(name);
    if (!value)
        exit(NO_SURROUNDINGS);
    return value;
}

static pid_t other(void) {
    return (pid_t)strtol(place("E_PID"), NULL, 10);
}

static int out_if(bool out) {
    if (!out)
        (void)fprintf(stderr, "%s\n", strerror(errno));
    return out ? OUT : HELD;
}

static bool holds(const char *path, const char *text) {
    char bytes[1 << 16];
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));
    return n > 0 && memmem(bytes, (size_t)n, text, strlen(text));
}

static int read_secret(void) {
    return out_if(holds(place("E_SECRET"), "SECRET"));
}

static int read_secret_by_symlink(void) {
    (void)symlink(place("E_SECRET"), "soft");
    return out_if(holds("soft", "SECRET"));
}

static int read_secret_by_hard_link(void) {
    return out_if(link(place("E_SECRET"), "hard") == 0 && holds("hard", "SECRET"));
}

static int read_secret_by_dotdot(void) {
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof(path), "../../../../../../../../../..%s", place("E_SECRET"));
    return out_if(holds(path, "SECRET"));
}

static int read_secret_by_proc_root(void) {
    char path[PATH_BYTES];
    pid_t tries[] = {1, getppid(), other()};
    bool out = false;
    for (int i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof(path), "/proc/%d/root%s", (int)tries[i], place("E_SECRET"));
        out = out || holds(path, "SECRET");
    }
    return out_if(out);
}

static int read_secret_by_parent_cwd(void) {
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof(path), "/proc/%d/cwd/../../../../../../../..%s", (int)other(),
                   place("E_SECRET"));
    return out_if(holds(path, "SECRET"));
}

static int read_environment_of_others(void) {
    char path[PATH_BYTES];
    bool out = false;
    /* By its number, and by all there are. */
    (void)snprintf(path, sizeof(path), "/proc/%d/environ", (int)other());
    out = holds(path, "E_TOKEN=");
    for (int pid = 1; pid < 4000 && !out; pid++) {
        (void)snprintf(path, sizeof(path), "/proc/%d/environ", pid);
        out = pid != getpid() && holds(path, "E_TOKEN=");
    }
    return out_if(out);
}

static int read_memory_of_others(void) {
    char here[16], path[PATH_BYTES];
    struct iovec to = {here, sizeof(here)}, from = {(void *)(uintptr_t)0x400000, sizeof(here)};
    (void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)other());
    bool opened = open(path, O_RDONLY) >= 0;
    bool read = process_vm_readv(other(), &to, 1, &from, 1, 0) >= 0 || errno == EFAULT;
    return out_if(opened || read);
}

static int list_home(void) {
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof(path), "%s", place("E_SECRET"));
    *strrchr(path, '/') = '\0';
    return out_if(open(path, O_RDONLY | O_DIRECTORY) >= 0);
}

static int create_in(const char *folder) {
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof(path), "%s/written", folder);
    return out_if(open(path, O_WRONLY | O_CREAT, 0666) >= 0);
}

static int write_outside(void) {
    return create_in(place("E_OUTSIDE"));
}

static int write_outside_by_symlink(void) {
    (void)symlink(place("E_OUTSIDE"), "way");
    return create_in("way");
}

static int rename_outside(void) {
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof(path), "%s/renamed", place("E_OUTSIDE"));
    (void)close(open("mine", O_WRONLY | O_CREAT, 0666));
    return out_if(rename("mine", path) == 0);
}

static int change_mode_outside(void) {
    return out_if(chmod(place("E_SECRET"), 0666) == 0);
}

static int truncate_outside(void) {
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof(path), "%s/full", place("E_OUTSIDE"));
    return out_if(truncate(path, 0) == 0);
}

static int truncate_read_only(void) {
    return out_if(truncate("../protected/kept", 0) == 0);
}

static int open_truncating_read_only(void) {
    return out_if(open("../protected/kept", O_RDONLY | O_TRUNC) >= 0);
}

static int append_read_only(void) {
    return out_if(open("../protected/kept", O_WRONLY | O_APPEND) >= 0);
}

static int unlink_read_only(void) {
    return out_if(unlink("../protected/kept") == 0);
}

static int rename_over_read_only(void) {
    (void)close(open("mine", O_WRONLY | O_CREAT, 0666));
    return out_if(rename("mine", "../protected/kept") == 0);
}

static int write_proc_sys(void) {
    return out_if(open("/proc/sys/kernel/core_pattern", O_WRONLY) >= 0);
}

static int write_sysrq(void) {
    return out_if(open("/proc/sysrq-trigger", O_WRONLY) >= 0);
}

static int write_sys(void) {
    return out_if(open("/sys/kernel/uevent_seqnum", O_RDONLY) >= 0 ||
                  open("/sys/kernel/mm/ksm/run", O_WRONLY) >= 0);
}

static int make_device(void) {
    return out_if(mknod("disk", S_IFBLK | 0600, makedev(254, 0)) == 0);
}

static int open_disk(void) {
    static const char *const names[] = {"/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/mem"};
    bool out = false;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        out = out || open(names[i], O_RDONLY) >= 0;
    return out_if(out);
}

static int inet(int type) {
    struct sockaddr_in at = {.sin_family = AF_INET};
    at.sin_port = htons((uint16_t)strtol(place("E_PORT"), NULL, 10));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, type, 0);
    return out_if(fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
                  send(fd, "x", 1, MSG_NOSIGNAL) == 1);
}

static int tcp(void) {
    return inet(SOCK_STREAM);
}

static int udp(void) {
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

static int unix_socket(void) {
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

static int datagram_from_a_pair(void) {
    return from_a_pair(SOCK_DGRAM);
}

/* Of a local family the kernel takes it for a datagram. */
static int datagram_from_a_raw_pair(void) {
    return from_a_pair(SOCK_RAW);
}

static int abstract_socket(void) {
    return local(place("E_ABSTRACT"), true);
}

static int socket_of(int family, int type, int protocol) {
    return out_if(socket(family, type, protocol) >= 0);
}

static int netlink(void) {
    return socket_of(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
}

static int packet_socket(void) {
    return socket_of(AF_PACKET, SOCK_RAW, 0);
}

static int raw_socket(void) {
    return socket_of(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

static int crypto_socket(void) {
    return socket_of(AF_ALG, SOCK_SEQPACKET, 0);
}

static int machine_socket(void) {
    return socket_of(AF_VSOCK, SOCK_STREAM, 0);
}

static int io_uring(void) {
    char params[256] = {0};
    return out_if(syscall(425, 8, params) >= 0);
}

static int attach_to_others(void) {
    if (ptrace(PTRACE_SEIZE, other(), NULL, NULL) != 0)
        return out_if(false);
    (void)ptrace(PTRACE_DETACH, other(), NULL, NULL);
    return OUT;
}

static int take_descriptor_of_others(void) {
    int fd = (int)syscall(434, other(), 0); /* pidfd_open */
    return out_if(fd >= 0 && syscall(438, fd, 0, 0) >= 0);
}

static int kill_others(void) {
    return out_if(kill(other(), SIGCONT) == 0);
}

/* A limit that ends a process as a signal would. What it is set to harms the victim not. */
static int limit_others(void) {
    struct rlimit r;
    if (prlimit(other(), RLIMIT_CPU, NULL, &r) != 0)
        return out_if(false);
    return out_if(prlimit(other(), RLIMIT_CPU, &r, NULL) == 0);
}

static int starve_others(void) {
    struct sched_param none = {0};
    bool out = setpriority(PRIO_PROCESS, (id_t)other(), 19) == 0;
    return out_if(out || sched_setscheduler(other(), SCHED_IDLE, &none) == 0);
}

static int inherited_descriptor(void) {
    bool out = false;
    for (int fd = 3; fd < 4096; fd++)
        out = out || fcntl(fd, F_GETFD) >= 0;
    return out_if(out);
}

static int inherited_token(void) {
    return out_if(getenv("E_TOKEN") != NULL);
}

/* A terminal of its own, in whose input a letter is put as if somebody had typed it. */
static int type_into_terminal(void) {
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        return out_if(open("/dev/tty", O_RDWR) >= 0);
    (void)setsid();
    int slave = open(ptsname(master), O_RDWR);
    return out_if(slave >= 0 && ioctl(slave, TIOCSCTTY, 0) == 0 &&
                  (ioctl(slave, TIOCSTI, "x") == 0 ||
                   syscall(SYS_ioctl, (long)slave, 0x100000000L | TIOCSTI, "x") == 0));
}

static int mount_something(void) {
    (void)mkdir("mnt", 0700);
    bool out = mount("none", "mnt", "tmpfs", 0, NULL) == 0;
    if (out)
        (void)umount2("mnt", MNT_DETACH);
    return out_if(out);
}

static int new_user_namespace(void) {
    return out_if(unshare(CLONE_NEWUSER) == 0);
}

static int new_user_namespace_by_clone(void) {
    long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);
    if (pid == 0)
        _exit(0);
    return out_if(pid > 0);
}

static int new_user_namespace_by_clone3(void) {
    uint64_t args[8] = {CLONE_NEWUSER, 0, 0, 0, SIGCHLD};
    long pid = syscall(435, args, sizeof(args));
    if (pid == 0)
        _exit(0);
    return out_if(pid > 0);
}

static int enter_namespace(void) {
    return out_if(setns(open("/proc/self/ns/uts", O_RDONLY), CLONE_NEWUTS) == 0);
}

static int change_root(void) {
    return out_if(chroot(".") == 0);
}

static int key_of_kernel(void) {
    return out_if(syscall(SYS_add_key, "user", "escape", "x", (size_t)1, -2 /* process */) >= 0 ||
                  syscall(SYS_keyctl, 0, -3, 0) >= 0);
}

static int load_bpf(void) {
    char attr[128] = {0};
    attr[0] = 2; /* an array map of one int */
    attr[4] = attr[8] = 4;
    attr[12] = 1;
    return out_if(syscall(SYS_bpf, 0, attr, sizeof(attr)) >= 0);
}

static int watch_performance(void) {
    char attr[112] = {0};
    attr[0] = 1;
    attr[4] = sizeof(attr);
    return out_if(syscall(SYS_perf_event_open, attr, 0, -1, -1, 0) >= 0);
}

static int fault_handler(void) {
    return out_if(syscall(SYS_userfaultfd, 1 /* user mode only */) >= 0);
}

static int open_by_handle(void) {
    union {
        struct file_handle handle;
        char room[sizeof(struct file_handle) + 128];
    } h = {.handle = {.handle_bytes = 128}};
    int mount_id;
    if (name_to_handle_at(AT_FDCWD, ".", &h.handle, &mount_id, 0) != 0)
        return out_if(false);
    return out_if(open_by_handle_at(AT_FDCWD, &h.handle, O_RDONLY) >= 0);
}

static int load_module(void) {
    /* A module of no bytes: refused for its form where it is not refused at all. */
    return out_if(syscall(SYS_init_module, "", (unsigned long)0, "") == 0 || errno == ENOEXEC);
}

static int shared_memory_that_stays(void) {
    int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    if (id >= 0)
        (void)shmctl(id, IPC_RMID, NULL);
    return out_if(id >= 0);
}

static int uncounted_memory(void) {
    return out_if(memfd_create("hidden", 0) >= 0 || syscall(447, 0) >= 0);
}

static int new_privileges(void) {
    return out_if(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
}

/* Calls of 32-bit programs have other numbers than the filter knows. */
static int other_architecture(void) {
#ifdef __x86_64__
    long result = -ENOSYS;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L /* getpid */) : "memory");
    errno = (int)-result;
    return out_if(result > 0);
#else
    return HELD;
#endif
}

static int foreign_numbers(void) {
    return out_if(syscall(0x40000000 | SYS_getpid) > 0);
}

static int become_root(void) {
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

int main(int argc, char **argv) {
    (void)argv;
    if (chdir("free") != 0)
        return NO_SURROUNDINGS;
    for (size_t i = 0; argc == 1 && i < sizeof(rows) / sizeof(*rows); i++)
        report(&rows[i]);
    return argc == 1 ? 0 : NO_SURROUNDINGS;
}
