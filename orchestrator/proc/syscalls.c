/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/syscalls.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
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

/* Newer than the library; from 424 on numbers are the same on every architecture. */
static const int refused_numbers[] = {
    457 /* statmount */,
    458 /* listmount */,
    460 /* lsm_set_self_attr */,
    467 /* open_tree_attr */,
};

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
static int refuse_low(scmp_filter_ctx ctx, int number, unsigned arg, uint64_t mask,
                      uint64_t value) {
    return seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), number, 1,
                            SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, mask, value));
}

/* Everything but a stream over IPv4 or IPv6. */
static int refuse_all_but_tcp(scmp_filter_ctx ctx) {
    static const int other_types[] = {SOCK_DGRAM, SOCK_RAW, SOCK_RDM, SOCK_SEQPACKET, 6, 10};
    int number = SCMP_SYS(socket);
    int rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), number, 1,
                              SCMP_CMP(0, SCMP_CMP_GT, AF_INET6, 0));
    for (int family = 0; rc == 0 && family < AF_INET6; family++)
        if (family != AF_INET)
            rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), number, 1,
                                  SCMP_CMP(0, SCMP_CMP_EQ, (unsigned)family, 0));
    for (size_t i = 0; rc == 0 && i < sizeof(other_types) / sizeof(*other_types); i++)
        rc = refuse_low(ctx, number, 1, 0xf, (unsigned)other_types[i]);
    return rc;
}

static int fill(scmp_filter_ctx ctx, bool tcp) {
    const uint64_t low = 0xffffffff;
    int rc = refuse_names(ctx, refused, sizeof(refused) / sizeof(*refused), EPERM);
    if (rc == 0)
        rc = refuse_names(ctx, absent, sizeof(absent) / sizeof(*absent), ENOSYS);
    for (size_t i = 0; rc == 0 && i < sizeof(refused_numbers) / sizeof(*refused_numbers); i++)
        rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), refused_numbers[i], 0);
    for (size_t i = 0; rc == 0 && i < sizeof(new_namespaces) / sizeof(*new_namespaces); i++)
        rc = refuse_low(ctx, SCMP_SYS(clone), 0, new_namespaces[i], new_namespaces[i]);
    for (size_t i = 0; rc == 0 && i < sizeof(terminal_calls) / sizeof(*terminal_calls); i++)
        rc = refuse_low(ctx, SCMP_SYS(ioctl), 1, low, terminal_calls[i]);
    if (rc == 0)
        rc = tcp ? refuse_all_but_tcp(ctx)
                 : seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 0);
    return rc;
}

/* The filter, or NULL with the sentence set. Calls of another architecture kill. */
static scmp_filter_ctx make(bool tcp) {
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
    int rc = ctx ? seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) : -ENOMEM;
    if (rc == 0)
        rc = fill(ctx, tcp);
    if (rc == 0)
        return ctx;
    if (ctx)
        seccomp_release(ctx);
    (void)err_set(ERR_UNSUPPORTED, "cannot make the filter of system calls: %s", strerror(-rc));
    return NULL;
}

int syscalls_export(int *fd, bool tcp) {
    scmp_filter_ctx ctx = make(tcp);
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

int syscalls_load(bool tcp) {
    scmp_filter_ctx ctx = make(tcp);
    if (!ctx)
        return ERR_UNSUPPORTED;
    int rc = seccomp_load(ctx);
    seccomp_release(ctx);
    return rc == 0 ? 0 : err_set(ERR_UNSUPPORTED, "cannot filter system calls: %s", strerror(-rc));
}
