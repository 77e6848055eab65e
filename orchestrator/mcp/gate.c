/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/mcp/gate.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/err.h"

static const char *const hosts[] = {"127.0.0.1", "localhost", "[::1]", NULL};

/* "HOST" or "HOST:PORT" of this machine; *port is 0 when none is said. */
static bool is_here(const char *text, unsigned *port) {
    for (const char *const *h = hosts; *h; h++) {
        size_t len = strlen(*h);
        if (strncmp(text, *h, len) != 0 || (text[len] && text[len] != ':'))
            continue;
        *port = 0;
        if (!text[len])
            return true;
        char *end;
        const char *digits = text + len + 1;
        unsigned long n = strtoul(digits, &end, 10);
        *port = (unsigned)n;
        return *digits >= '0' && *digits <= '9' && !*end && n > 0 && n < 65536;
    }
    return false;
}

static bool is_own_host(const struct gate *g, const char *host) {
    unsigned port;
    return host && is_here(host, &port) && port == (g->port == 80 && !port ? 0 : g->port);
}

/* A page served by this machine, whichever port. */
static bool is_own_origin(const char *origin) {
    unsigned port;
    const char *host = strncmp(origin, "http://", 7) == 0    ? origin + 7
                       : strncmp(origin, "https://", 8) == 0 ? origin + 8
                                                             : "";
    return is_here(host, &port);
}

static bool is_type(const char *header, const char *type) {
    size_t len = strlen(type);
    return header && strncasecmp(header, type, len) == 0 &&
           (!header[len] || header[len] == ';' || header[len] == ' ');
}

/* As long for a wrong token as for a right one, whatever its length: each byte that came is
 * compared, also behind the first that differs. */
static bool has_token(const struct gate *g, const char *header) {
    static const char scheme[] = "Bearer ";
    size_t n = strlen(scheme), len = g->token ? strlen(g->token) : 0;
    if (!g->token)
        return true;
    if (!len || !header || strncasecmp(header, scheme, n) != 0)
        return false;
    size_t given = strlen(header + n);
    size_t differs = given ^ len;
    for (size_t i = 0; i < given; i++)
        differs |= (unsigned char)(g->token[i % len] ^ header[n + i]);
    return differs == 0;
}

static int refuse(int status, const char *text) {
    (void)err_set(ERR_ARG, "%s", text);
    return status;
}

int gate_check(const struct gate *g, struct MHD_Connection *connection, const char *url,
               const char *method) {
    const char *header[4];
    static const char *const names[] = {"Host", "Origin", "Content-Type", "Authorization"};
    for (int i = 0; i < 4; i++)
        header[i] = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, names[i]);
    if (!is_own_host(g, header[0]))
        return refuse(MHD_HTTP_FORBIDDEN, "Host is not this server");
    if (header[1] && !is_own_origin(header[1]))
        return refuse(MHD_HTTP_FORBIDDEN, "Origin is not of this machine");
    if (!has_token(g, header[3]))
        return refuse(MHD_HTTP_UNAUTHORIZED, "the bearer token is missing or wrong");
    if (strcmp(url, "/mcp") != 0)
        return refuse(MHD_HTTP_NOT_FOUND, "the endpoint is /mcp");
    if (strcmp(method, "POST") != 0)
        return refuse(MHD_HTTP_METHOD_NOT_ALLOWED, "messages are POSTed");
    if (!is_type(header[2], "application/json"))
        return refuse(MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "Content-Type is not application/json");
    return MHD_HTTP_OK;
}
