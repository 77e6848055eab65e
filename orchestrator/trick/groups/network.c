/* SPDX-License-Identifier: Apache-2.0 */
/* Ways out. */
#include "orchestrator/trick/trick.h"

/* clang-format off */
static const struct trick rows[] = {
    {"bash", "exec 3<>/dev/tcp/127.0.0.1/{port}; cat <&3", false},
    {"curl", "curl -s -m 2 http://127.0.0.1:{port}/", false},
    {"wget", "wget -q -T 2 -t 1 -O - http://127.0.0.1:{port}/", false},
    {"python", "python3 -c \"import socket; socket.create_connection(('127.0.0.1', {port}), 2)\"", false},
    {"perl", "perl -MIO::Socket::INET -e 'IO::Socket::INET->new(\"127.0.0.1:{port}\")'", false},
    {"unix-socket", "python3 -c \"import socket; socket.socket(socket.AF_UNIX).connect('{socket}')\"", false},
    {NULL, NULL, false},
};
/* clang-format on */

const struct trick_group trick_network = {"network", rows};
