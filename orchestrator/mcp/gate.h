/* SPDX-License-Identifier: Apache-2.0 */
/* gate: which HTTP requests are let in. A page of the web must not reach this server through its
 * reader's browser, so Host and Origin have to be of this machine and the body JSON, which no
 * page may send elsewhere unasked. */
#pragma once

#include <stdint.h>

struct MHD_Connection;

struct gate {
    unsigned port;
    const char *token; /* NULL = none is asked for */
};

/* 200, or the HTTP status to refuse with and the sentence for it in err_text(). */
int gate_check(const struct gate *g, struct MHD_Connection *connection, const char *url,
               const char *method);
