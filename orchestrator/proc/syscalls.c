/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/err.h"

/* By name: the library knows the number for each architecture, and which of them lack it. */
static const char *const refused[] = {
    /* namespaces and mounts */
    "mount",
    "umount",
    "umount2",
    "pivot_root",
    "chroot",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "mount_setattr",
    "unshare",
    "setns",
    /* other processes */
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "process_mrelease",
    "pidfd_getfd",
    "kcmp",
    "move_pages",
    "migrate_pages",
    /* the kernel itself */
    "bpf",
    "perf_event_open",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "userfaultfd",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "swapon",
    "swapoff",
    "acct",
    "quotactl",
    "quotactl_fd",
    "syslog",
    "iopl",
    "ioperm",
    "modify_ldt",
    "lookup_dcookie",
    "vhangup",
    "nfsservctl",
    "uselib",
    "sysfs",
    "_sysctl",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "stime",
    "sethostname",
    "setdomainname",
    "fanotify_init",
    "open_by_handle_at",
    "name_to_handle_at",
    /* keys, and what stays when the process is gone */
    "keyctl",
    "add_key",
    "request_key",
    "shmget",
    "shmat",
    "shmctl",
    "semget",
    "semop",
    "semtimedop",
    "semctl",
    "msgget",
    "msgsnd",
    "msgrcv",
    "msgctl",
    "mq_open",
    "mq_unlink",
    /* memory that is no process's */
    "memfd_secret",
};

/* Landlock does not look at what hangs on a file beside its bytes, and of a result nothing of it is
 * taken: nobody has such things here. */
static const char *const unsupported[] = {"setxattr",    "lsetxattr",    "fsetxattr",
                                          "removexattr", "lremovexattr", "fremovexattr"};
static const int unsupported_numbers[] = {463 /* setxattrat */, 466 /* removexattrat */};

/* Newer than the library; from 424 on numbers are the same on every architecture. */
static const int refused_numbers[] = {
    457 /* statmount */,
    458 /* listmount */,
    460 /* lsm_set_self_attr */,
    467 /* open_tree_attr */,
};

enum { FCHMODAT2 = 452 };

/* Programs fall back to what older kernels have. clone3() hides its flags in memory, where a
 * filter cannot look. */
static const char *const absent[] = {"clone3", "memfd_create"};

static const unsigned long new_namespaces[] = {CLONE_NEWUSER,   CLONE_NEWNS,  CLONE_NEWPID,
                                               CLONE_NEWNET,    CLONE_NEWIPC, CLONE_NEWUTS,
                                               CLONE_NEWCGROUP, 0x80 /* CLONE_NEWTIME */};

/* Input typed for somebody else's shell, and the console's other tricks. */
static const unsigned long terminal_calls[] = {TIOCSTI, TIOCSETD, TIOCCONS, 0x541c /* TIOCLINUX */};

static int refuse_names(scmp_filter_ctx ctx, const char *const *names, size_t len, int error) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < len; i++) {
        int number = seccomp_syscall_resolve_name(names[i]);
        if (number != __NR_SCMP_ERROR)
            rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO((unsigned)error), number, 0);
    }
    return rc;
}

/* Of an int argument the kernel looks at the low half alone; so must the filter. */
static int on_low(scmp_filter_ctx ctx, uint32_t action, int number, unsigned arg, uint64_t mask,
                  uint64_t value) {
    return seccomp_rule_add(ctx, action, number, 1, SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, mask, value));
}

/* Sockets of everything but TCP over IPv4 or IPv6. Other streams (MPTCP, SCTP, SMC) reach the same
 * places, and Landlock, which looks at TCP, does not see them. */
static int on_all_but_tcp(scmp_filter_ctx ctx, uint32_t action) {
    static const int other_types[] = {SOCK_DGRAM, SOCK_RAW, SOCK_RDM, SOCK_SEQPACKET, 6, 10};
    int number = SCMP_SYS(socket);
    int rc = seccomp_rule_add(ctx, action, number, 1, SCMP_CMP(0, SCMP_CMP_GT, AF_INET6, 0));
    for (int family = 0; rc == 0 && family < AF_INET6; family++)
        if (family != AF_INET)
            rc = seccomp_rule_add(ctx, action, number, 1,
                                  SCMP_CMP(0, SCMP_CMP_EQ, (unsigned)family, 0));
    for (size_t i = 0; rc == 0 && i < sizeof(other_types) / sizeof(*other_types); i++)
        rc = on_low(ctx, action, number, 1, 0xf, (unsigned)other_types[i]);
    for (int protocol = 1; rc == 0 && protocol < IPPROTO_TCP; protocol++)
        rc = seccomp_rule_add(ctx, action, number, 1,
                              SCMP_CMP(2, SCMP_CMP_EQ, (unsigned)protocol, 0));
    return rc == 0
               ? seccomp_rule_add(ctx, action, number, 1, SCMP_CMP(2, SCMP_CMP_GT, IPPROTO_TCP, 0))
               : rc;
}

static int on_sockets(scmp_filter_ctx ctx, uint32_t action, enum syscalls_network network) {
    return network == SYSCALLS_TCP ? on_all_but_tcp(ctx, action)
                                   : seccomp_rule_add(ctx, action, SCMP_SYS(socket), 0);
}

/* Ways to somebody else's socket past those that are looked at: a datagram's end of a pair sends
 * wherever it is told (the kernel makes a raw one of AF_UNIX a datagram's), and a stream that opens
 * fast connects without connect(), where Landlock does not look. */
static int refuse_detours(scmp_filter_ctx ctx, uint32_t action) {
    static const unsigned long tellable[] = {SOCK_DGRAM, SOCK_RAW, SOCK_RDM};
    int rc = seccomp_rule_add(ctx, action, SCMP_SYS(socketpair), 1,
                              SCMP_CMP(0, SCMP_CMP_NE, AF_UNIX, 0));
    for (size_t i = 0; rc == 0 && i < sizeof(tellable) / sizeof(*tellable); i++)
        rc = on_low(ctx, action, SCMP_SYS(socketpair), 1, 0xf, tellable[i]);
    if (rc == 0)
        rc = on_low(ctx, action, SCMP_SYS(sendto), 3, MSG_FASTOPEN, MSG_FASTOPEN);
    if (rc == 0)
        rc = on_low(ctx, action, SCMP_SYS(sendmsg), 2, MSG_FASTOPEN, MSG_FASTOPEN);
    return rc == 0 ? on_low(ctx, action, SCMP_SYS(sendmmsg), 3, MSG_FASTOPEN, MSG_FASTOPEN) : rc;
}

/* Who shares a user and a table of processes with others could set limits of theirs, which end
 * them, or make them wait for ever: the keeper among them. Landlock looks at signals alone. Of
 * itself, which is 0 here, a process may. What a socket without a port listens at it does not look
 * at either. */
static int refuse_others(scmp_filter_ctx ctx, uint32_t action) {
    static const struct {
        int number;
        unsigned arg;
        uint64_t own;
    } rows[] = {
        {SCMP_SYS(sched_setscheduler), 0, 0},
        {SCMP_SYS(sched_setparam),     0, 0},
        {SCMP_SYS(sched_setattr),      0, 0},
        {SCMP_SYS(setpriority),        0, 0}, /* PRIO_PROCESS */
        {SCMP_SYS(setpriority),        1, 0},
        {SCMP_SYS(ioprio_set),         0, 1}, /* IOPRIO_WHO_PROCESS */
        {SCMP_SYS(ioprio_set),         1, 0},
    };
    int rc = seccomp_rule_add(ctx, action, SCMP_SYS(listen), 0);
    /* Nor does it look at who wants to hear what happens in a folder. Programs know that answer,
     * and look themselves from time to time. */
    if (rc == 0)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSPC), SCMP_SYS(inotify_add_watch), 0);
    for (size_t i = 0; rc == 0 && i < sizeof(rows) / sizeof(*rows); i++)
        rc = seccomp_rule_add(ctx, action, rows[i].number, 1,
                              SCMP_CMP(rows[i].arg, SCMP_CMP_NE, rows[i].own, 0));
    /* Asking for limits is everybody's. */
    return rc == 0
               ? seccomp_rule_add(ctx, action, SCMP_SYS(prlimit64), 2,
                                  SCMP_CMP(0, SCMP_CMP_NE, 0, 0), SCMP_CMP(2, SCMP_CMP_NE, 0, 0))
               : rc;
}

/* start.c sets it to what no handler of crashes is started for; less would start one. Who asks for
 * less is told that it is so. */
static int keep_core_limit(scmp_filter_ctx ctx) {
    int rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(0), SCMP_SYS(setrlimit), 1,
                              SCMP_CMP(0, SCMP_CMP_MASKED_EQ, 0xffffffff, RLIMIT_CORE));
    return rc == 0 ? seccomp_rule_add(ctx, SCMP_ACT_ERRNO(0), SCMP_SYS(prlimit64), 2,
                                      SCMP_CMP(1, SCMP_CMP_MASKED_EQ, 0xffffffff, RLIMIT_CORE),
                                      SCMP_CMP(2, SCMP_CMP_NE, 0, 0))
                   : rc;
}

/* A file lends its owner to whoever starts it: another user of the machine who comes to the folder
 * would be out of the sandbox as ours. Made with that mode a file is empty, and loses it with the
 * first byte. */
static int refuse_lending(scmp_filter_ctx ctx, uint32_t action) {
    static const struct {
        int number;
        unsigned arg;
    } rows[] = {
        {SCMP_SYS(chmod),    1},
        {SCMP_SYS(fchmod),   1},
        {SCMP_SYS(fchmodat), 2},
        {FCHMODAT2,          2}
    };
    static const unsigned lent[] = {S_ISUID, S_ISGID};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < 2 * sizeof(rows) / sizeof(*rows); i++)
        rc = on_low(ctx, action, rows[i / 2].number, rows[i / 2].arg, lent[i % 2], lent[i % 2]);
    return rc;
}

static int fill(scmp_filter_ctx ctx, enum syscalls_network network, bool watched, bool shared) {
    const uint64_t low = 0xffffffff;
    const uint32_t refuse = SCMP_ACT_ERRNO(EPERM);
    int rc = refuse_names(ctx, refused, sizeof(refused) / sizeof(*refused), EPERM);
    if (rc == 0)
        rc = refuse_names(ctx, absent, sizeof(absent) / sizeof(*absent), ENOSYS);
    if (rc == 0)
        rc = refuse_names(ctx, unsupported, sizeof(unsupported) / sizeof(*unsupported), EOPNOTSUPP);
    for (size_t i = 0; rc == 0 && i < sizeof(unsupported_numbers) / sizeof(int); i++)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EOPNOTSUPP), unsupported_numbers[i], 0);
    if (rc == 0)
        rc = keep_core_limit(ctx);
    for (size_t i = 0; rc == 0 && i < sizeof(refused_numbers) / sizeof(*refused_numbers); i++)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), refused_numbers[i], 0);
    for (size_t i = 0; rc == 0 && i < sizeof(new_namespaces) / sizeof(*new_namespaces); i++)
        rc = on_low(ctx, refuse, SCMP_SYS(clone), 0, new_namespaces[i], new_namespaces[i]);
    for (size_t i = 0; rc == 0 && i < sizeof(terminal_calls) / sizeof(*terminal_calls); i++)
        rc = on_low(ctx, refuse, SCMP_SYS(ioctl), 1, low, terminal_calls[i]);
    if (rc == 0)
        rc = refuse_lending(ctx, refuse);
    if (rc == 0)
        rc = refuse_detours(ctx, refuse);
    if (rc == 0 && shared)
        rc = refuse_others(ctx, refuse);
    /* Of two filters the one that refuses wins over the one that asks. */
    if (rc == 0 && !watched)
        rc = on_sockets(ctx, refuse, network);
    return rc;
}

/* A filter without rules. Calls of another architecture kill. */
static int begin(scmp_filter_ctx *out) {
    scmp_filter_ctx ctx = *out = seccomp_init(SCMP_ACT_ALLOW);
    return ctx ? seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) : -ENOMEM;
}

/* The filter, or NULL with the sentence set. */
static scmp_filter_ctx finish(scmp_filter_ctx ctx, int rc) {
    if (rc == 0)
        return ctx;
    if (ctx)
        seccomp_release(ctx);
    (void)err_set(ERR_UNSUPPORTED, "cannot make the filter of system calls: %s", strerror(-rc));
    return NULL;
}

static scmp_filter_ctx make(enum syscalls_network network, bool watched, bool shared) {
    scmp_filter_ctx ctx;
    int rc = begin(&ctx);
    if (rc == 0)
        rc = fill(ctx, network, watched, shared);
    return finish(ctx, rc);
}

int syscalls_export(int *fd, enum syscalls_network network, bool watched) {
    scmp_filter_ctx ctx = make(network, watched, false);
    if (!ctx)
        return ERR_UNSUPPORTED;
    int file = memfd_create("filter", 0);
    int rc = 0;
    if (file < 0 || seccomp_export_bpf(ctx, file) != 0 || lseek(file, 0, SEEK_SET) != 0) {
        rc = err_errno(ERR_IO, "cannot write the filter of system calls");
        if (file >= 0)
            close(file);
    } else {
        *fd = file;
    }
    seccomp_release(ctx);
    return rc;
}

int syscalls_load(enum syscalls_network network, bool watched) {
    scmp_filter_ctx ctx = make(network, watched, true);
    if (!ctx)
        return ERR_UNSUPPORTED;
    int rc = seccomp_load(ctx);
    seccomp_release(ctx);
    return rc == 0 ? 0 : err_set(ERR_UNSUPPORTED, "cannot filter system calls: %s", strerror(-rc));
}

/* ---- what a witness is asked ---- */

/* Where the flags of an opening are: what may write is asked, what only reads is not. */
static int on_writing(scmp_filter_ctx ctx, int number, unsigned flags) {
    int rc = on_low(ctx, SCMP_ACT_NOTIFY, number, flags, O_ACCMODE, O_WRONLY);
    if (rc == 0)
        rc = on_low(ctx, SCMP_ACT_NOTIFY, number, flags, O_ACCMODE, O_RDWR);
    return rc == 0 ? on_low(ctx, SCMP_ACT_NOTIFY, number, flags, O_TRUNC, O_TRUNC) : rc;
}

/* The numbers that a machine lacks are negative, and the library leaves them out. */
static int ask(scmp_filter_ctx ctx, const struct syscalls_watch *watch) {
    const int always[] = {SCMP_SYS(execve),   SCMP_SYS(execveat), SCMP_SYS(openat2),
                          SCMP_SYS(creat),    SCMP_SYS(truncate), SCMP_SYS(unlink),
                          SCMP_SYS(unlinkat), SCMP_SYS(rename),   SCMP_SYS(renameat),
                          SCMP_SYS(renameat2)};
    int rc = on_sockets(ctx, SCMP_ACT_NOTIFY, watch->network);
    for (size_t i = 0; rc == 0 && i < sizeof(always) / sizeof(*always); i++)
        rc = seccomp_rule_add(ctx, SCMP_ACT_NOTIFY, always[i], 0);
    if (rc == 0 && watch->network == SYSCALLS_TCP)
        rc = seccomp_rule_add(ctx, SCMP_ACT_NOTIFY, SCMP_SYS(connect), 0);
    if (rc == 0 && watch->ends)
        rc = seccomp_rule_add(ctx, SCMP_ACT_NOTIFY, SCMP_SYS(exit_group), 0);
    if (rc == 0)
        rc = on_writing(ctx, SCMP_SYS(open), 1);
    return rc == 0 ? on_writing(ctx, SCMP_SYS(openat), 2) : rc;
}

int syscalls_watch(int *listener, const struct syscalls_watch *watch) {
    scmp_filter_ctx ctx;
    int rc = begin(&ctx);
    if (rc == 0)
        rc = ask(ctx, watch);
    ctx = finish(ctx, rc);
    if (!ctx)
        return ERR_UNSUPPORTED;
    rc = seccomp_load(ctx);
    int fd = rc == 0 ? seccomp_notify_fd(ctx) : -1;
    if (fd >= 0)
        fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    seccomp_release(ctx);
    if (rc != 0 || fd < 0)
        return err_set(ERR_UNSUPPORTED, "nobody can be told of system calls: %s",
                       strerror(rc ? -rc : errno));
    *listener = fd;
    return 0;
}
