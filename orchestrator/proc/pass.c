/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/pass.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

/* Room for one descriptor, aligned as the kernel wants it. */
union control {
    struct cmsghdr align;
    char room[CMSG_SPACE(sizeof(int))];
};

int pass_send(int to, const void *bytes, size_t size, int fd) {
    union control control = {0};
    struct iovec text = {(void *)(uintptr_t)bytes, size};
    struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1};
    ssize_t n;
    if (fd >= 0) {
        message.msg_control = control.room;
        message.msg_controllen = sizeof(control.room);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &fd, sizeof(int));
    }
    do
        n = sendmsg(to, &message, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)size ? 0 : -1;
}

bool pass_receive(int from, void *bytes, size_t size, int *fd) {
    union control control = {0};
    struct iovec text = {bytes, size};
    struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1};
    ssize_t n;
    message.msg_control = control.room;
    message.msg_controllen = sizeof(control.room);
    *fd = -1;
    do
        n = recvmsg(from, &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
        memcpy(fd, CMSG_DATA(header), sizeof(int));
    return n == (ssize_t)size;
}
