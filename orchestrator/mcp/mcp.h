/* SPDX-License-Identifier: Apache-2.0 */
/* mcp: this checkout's runs, causes, checks and logs for programs that speak the Model Context
 * Protocol, in both of its eras: sessions begun by initialize (2024-11-05 to 2025-11-25) and
 * stateless requests (2026-07-28). docs/mcp.md lists the tools. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct mcp_options {
    bool allow_write;  /* offer the tools that change something */
    int64_t port;      /* of HTTP; 0 = any that is free */
    const char *token; /* HTTP: what Authorization: Bearer must say; NULL = nothing is asked */
};

/* One message a line on stdin and stdout, until stdin ends. From its beginning on nothing else
 * reaches stdout. 0, ERR_STOPPED by a signal, ERR_IO. */
int mcp_stdio(const struct mcp_options *o);
/* POST /mcp on the loopback interface, until a signal. Prints the URL as one line on stdout. 0,
 * ERR_STOPPED, ERR_IO when the port is taken. */
int mcp_http(const struct mcp_options *o);
