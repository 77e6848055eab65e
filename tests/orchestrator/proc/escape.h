/* SPDX-License-Identifier: Apache-2.0 */
/* escape: the ways out of a sandbox that are tried, one a row.
 *
 * The program tries them all and prints "NAME 0" when it got out, 1 when it was held (or killed
 * for asking), 2 when the surroundings that it needs were not there. Where things are comes as E_…
 * in the environment. */
#pragma once

enum escape_control {
    CONTROL_ANY,  /* without walls it gets out: shown by the test */
    CONTROL_ROOT, /* … when the test runs as root */
    CONTROL_NONE, /* the kernel may hold it anyway, or trying it for real would do harm */
};

/* E_SECRET a file outside; E_OUTSIDE a folder outside that the user may write; E_PORT a TCP
 * listener and a UDP socket; E_UNIX (and E_UNIX.datagrams), E_ABSTRACT sockets; E_PID a process of
 * the same user, that holds E_TOKEN in its environment; protected/kept a read-only file of the
 * tree. */
#define ESCAPE_MAP(X)                             \
    X(read_secret, CONTROL_ANY)                   \
    X(read_secret_by_symlink, CONTROL_ANY)        \
    X(read_secret_by_hard_link, CONTROL_ANY)      \
    X(read_secret_by_dotdot, CONTROL_ANY)         \
    X(read_secret_by_proc_root, CONTROL_ROOT)     \
    X(read_secret_by_parent_cwd, CONTROL_ROOT)    \
    X(read_environment_of_others, CONTROL_ROOT)   \
    X(read_memory_of_others, CONTROL_ROOT)        \
    X(read_memory_of_keeper, CONTROL_NONE)        \
    X(use_unfiltered_process, CONTROL_NONE)       \
    X(list_home, CONTROL_ANY)                     \
    X(write_outside, CONTROL_ANY)                 \
    X(write_outside_by_symlink, CONTROL_ANY)      \
    X(rename_outside, CONTROL_ANY)                \
    X(change_mode_outside, CONTROL_ANY)           \
    X(lend_its_user, CONTROL_ANY)                 \
    X(truncate_outside, CONTROL_ANY)              \
    X(truncate_read_only, CONTROL_ANY)            \
    X(open_truncating_read_only, CONTROL_ANY)     \
    X(append_read_only, CONTROL_ANY)              \
    X(unlink_read_only, CONTROL_ANY)              \
    X(rename_over_read_only, CONTROL_ANY)         \
    X(write_read_only_by_hard_link, CONTROL_ANY)  \
    X(mark_outside, CONTROL_NONE)                 \
    X(watch_outside, CONTROL_ANY)                 \
    X(write_proc_sys, CONTROL_ROOT)               \
    X(write_sysrq, CONTROL_NONE)                  \
    X(write_sys, CONTROL_ROOT)                    \
    X(make_device, CONTROL_ROOT)                  \
    X(open_disk, CONTROL_NONE)                    \
    X(tcp, CONTROL_ANY)                           \
    X(udp, CONTROL_ANY)                           \
    X(unix_socket, CONTROL_ANY)                   \
    X(datagram_from_a_pair, CONTROL_ANY)          \
    X(datagram_from_a_raw_pair, CONTROL_ANY)      \
    X(abstract_socket, CONTROL_ANY)               \
    X(netlink, CONTROL_ANY)                       \
    X(packet_socket, CONTROL_ROOT)                \
    X(raw_socket, CONTROL_ROOT)                   \
    X(crypto_socket, CONTROL_NONE)                \
    X(machine_socket, CONTROL_NONE)               \
    X(io_uring, CONTROL_NONE)                     \
    X(attach_to_others, CONTROL_ROOT)             \
    X(take_descriptor_of_others, CONTROL_ROOT)    \
    X(kill_others, CONTROL_ANY)                   \
    X(stop_others, CONTROL_NONE)                  \
    X(kill_others_by_descriptor, CONTROL_ANY)     \
    X(limit_others, CONTROL_ANY)                  \
    X(starve_others, CONTROL_ANY)                 \
    X(inherited_descriptor, CONTROL_NONE)         \
    X(inherited_token, CONTROL_NONE)              \
    X(type_into_terminal, CONTROL_NONE)           \
    X(mount_something, CONTROL_ROOT)              \
    X(new_user_namespace, CONTROL_NONE)           \
    X(new_user_namespace_by_clone, CONTROL_NONE)  \
    X(new_user_namespace_by_clone3, CONTROL_NONE) \
    X(enter_namespace, CONTROL_ROOT)              \
    X(change_root, CONTROL_ROOT)                  \
    X(key_of_kernel, CONTROL_NONE)                \
    X(ask_for_a_key, CONTROL_NONE)                \
    X(wake_handler_of_crashes, CONTROL_NONE)      \
    X(set_clock, CONTROL_NONE)                    \
    X(load_bpf, CONTROL_NONE)                     \
    X(watch_performance, CONTROL_NONE)            \
    X(fault_handler, CONTROL_NONE)                \
    X(open_by_handle, CONTROL_ROOT)               \
    X(load_module, CONTROL_NONE)                  \
    X(shared_memory_that_stays, CONTROL_ANY)      \
    X(uncounted_memory, CONTROL_ANY)              \
    X(new_privileges, CONTROL_NONE)               \
    X(other_architecture, CONTROL_NONE)           \
    X(foreign_numbers, CONTROL_NONE)              \
    X(become_root, CONTROL_NONE)
