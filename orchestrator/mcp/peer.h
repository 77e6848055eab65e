/* SPDX-License-Identifier: Apache-2.0 */
/* peer: where a message came from and its answers go. The transports have one each; a batch puts
 * itself between. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct peer {
    /* One message, without a newline; or NULL: there is nothing to say. last: it ends the request,
     * and the peer may be gone when this returns. status: what HTTP makes of it. */
    void (*send)(struct peer *p, const char *text, size_t len, bool last, int status);
    /* Whether nobody waits for the answer any more; NULL = that cannot be known. */
    bool (*gone)(struct peer *p);
    /* The value of an HTTP header, or NULL; no function: there are no headers. */
    const char *(*header)(struct peer *p, const char *name);
    const char *session; /* ids of requests are those of a session; "" = the only one */
    const char *version; /* that was agreed on by initialize; NULL = none yet */
    struct peer *outer;  /* of a message in a batch: whose batch it is; else NULL */
};
