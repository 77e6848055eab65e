/* SPDX-License-Identifier: Apache-2.0 */
/* Ways to files that are not its to read, or to write, and to the memory of others, which are files
 * too. */
#include "tests/orchestrator/proc/escape_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

int read_secret(void) {
    return out_if(holds(place("E_SECRET"), "SECRET"));
}

int read_secret_by_symlink(void) {
    (void)symlink(place("E_SECRET"), "soft");
    return out_if(holds("soft", "SECRET"));
}

int read_secret_by_hard_link(void) {
    return out_if(link(place("E_SECRET"), "hard") == 0 && holds("hard", "SECRET"));
}

int read_secret_by_dotdot(void) {
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof(path), "../../../../../../../../../..%s", place("E_SECRET"));
    return out_if(holds(path, "SECRET"));
}

int read_secret_by_proc_root(void) {
    char path[PATH_BYTES];
    pid_t tries[] = {1, getppid(), other()};
    bool out = false;
    for (int i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof(path), "/proc/%d/root%s", (int)tries[i], place("E_SECRET"));
        out = out || holds(path, "SECRET");
    }
    return out_if(out);
}

int read_secret_by_parent_cwd(void) {
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof(path), "/proc/%d/cwd/../../../../../../../..%s", (int)other(),
                   place("E_SECRET"));
    return out_if(holds(path, "SECRET"));
}

int read_environment_of_others(void) {
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

int read_memory_of_others(void) {
    char here[16], path[PATH_BYTES];
    struct iovec to = {here, sizeof(here)}, from = {(void *)(uintptr_t)0x400000, sizeof(here)};
    (void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)other());
    bool opened = open(path, O_RDONLY) >= 0;
    bool read = process_vm_readv(other(), &to, 1, &from, 1, 0) >= 0 || errno == EFAULT;
    return out_if(opened || read);
}

/* Whoever watches, and whoever owns that. */
int read_memory_of_keeper(void) {
    char path[PATH_BYTES], here[16];
    struct iovec to = {here, sizeof(here)}, from = {(void *)(uintptr_t)0x400000, sizeof(here)};
    pid_t above = getppid();
    bool out = false;
    for (pid_t pid = above > 8 ? above - 8 : 2; pid < above; pid++) {
        (void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
        out = out || open(path, O_RDWR) >= 0 || process_vm_readv(pid, &to, 1, &from, 1, 0) >= 0;
    }
    return out_if(out);
}

/* With namespaces the first process is bubblewrap's, and of the same user: whoever writes to its
 * memory has what its filter lets it have, so it must have one. */
int use_unfiltered_process(void) {
    return out_if(open("/proc/1/mem", O_RDWR) >= 0 && holds("/proc/1/status", "\nSeccomp:\t0"));
}

int list_home(void) {
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

int write_outside(void) {
    return create_in(place("E_OUTSIDE"));
}

int write_outside_by_symlink(void) {
    (void)symlink(place("E_OUTSIDE"), "way");
    return create_in("way");
}

int rename_outside(void) {
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof(path), "%s/renamed", place("E_OUTSIDE"));
    (void)close(open("mine", O_WRONLY | O_CREAT, 0666));
    return out_if(rename("mine", path) == 0);
}

int change_mode_outside(void) {
    return out_if(chmod(place("E_SECRET"), 0666) == 0);
}

/* Whoever starts it then is who we are, where no sandbox is. */
int lend_its_user(void) {
    struct stat st = {0};
    bool out = false;
    int fd = open("lent", O_RDWR | O_CREAT, 06755);
    out = write(fd, "\177ELF", 4) != 4 || (fstat(fd, &st) == 0 && (st.st_mode & 06000) && getuid());
    out = out || chmod("lent", 04755) == 0 || chmod("lent", 02755) == 0 || fchmod(fd, 04755) == 0;
    out = out || fchmodat(AT_FDCWD, "lent", 04755, 0) == 0;
    out = out || syscall(452 /* fchmodat2 */, AT_FDCWD, "lent", 02755, 0) == 0;
    if (chmod("lent", 01755) != 0) /* which lends nothing */
        out = true;
    close(fd);
    (void)unlink("lent");
    return out_if(out);
}

int truncate_outside(void) {
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof(path), "%s/full", place("E_OUTSIDE"));
    return out_if(truncate(path, 0) == 0);
}

int truncate_read_only(void) {
    return out_if(truncate("../protected/kept", 0) == 0);
}

int open_truncating_read_only(void) {
    return out_if(open("../protected/kept", O_RDONLY | O_TRUNC) >= 0);
}

int append_read_only(void) {
    return out_if(open("../protected/kept", O_WRONLY | O_APPEND) >= 0);
}

int unlink_read_only(void) {
    return out_if(unlink("../protected/kept") == 0);
}

int rename_over_read_only(void) {
    (void)close(open("mine", O_WRONLY | O_CREAT, 0666));
    return out_if(rename("mine", "../protected/kept") == 0);
}

int write_read_only_by_hard_link(void) {
    return out_if(link("../protected/kept", "mine.too") == 0 && open("mine.too", O_WRONLY) >= 0);
}

int mark_outside(void) {
    return out_if(setxattr(place("E_SECRET"), "user.mark", "x", 1, 0) == 0 ||
                  removexattr(place("E_SECRET"), "user.mark") == 0 ||
                  setxattr("/", "user.mark", "x", 1, 0) == 0);
}

/* Names of what others do there. */
int watch_outside(void) {
    int fd = inotify_init1(0);
    return out_if(fd >= 0 && inotify_add_watch(fd, place("E_OUTSIDE"), IN_ALL_EVENTS) >= 0);
}

int write_proc_sys(void) {
    return out_if(open("/proc/sys/kernel/core_pattern", O_WRONLY) >= 0);
}

int write_sysrq(void) {
    return out_if(open("/proc/sysrq-trigger", O_WRONLY) >= 0);
}

int write_sys(void) {
    return out_if(open("/sys/kernel/uevent_seqnum", O_RDONLY) >= 0 ||
                  open("/sys/kernel/mm/ksm/run", O_WRONLY) >= 0);
}

int make_device(void) {
    return out_if(mknod("disk", S_IFBLK | 0600, makedev(254, 0)) == 0);
}

int open_disk(void) {
    static const char *const names[] = {"/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/mem"};
    bool out = false;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        out = out || open(names[i], O_RDONLY) >= 0;
    return out_if(out);
}
