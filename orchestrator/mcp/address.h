/* SPDX-License-Identifier: Apache-2.0 */
/* address: noctule://FOLDER[/RUN]/NAME[?begin=B&end=E], taken apart and put together. Parts are
 * plain names; %XX stands for what an address cannot hold. */
#pragma once

#include <stdint.h>

#include "engine/base/buf.h"

enum { ADDRESS_NAME_MAX = 512 };

struct address {
    char folder[16]; /* "ledger" or "logs" */
    char run[ADDRESS_NAME_MAX], name[ADDRESS_NAME_MAX];
    int64_t begin, end; /* end −1: to the end */
};

/* 0, or ERR_ARG. */
int address_read(struct address *out, const char *uri);
/* run may be "". */
void address_write(struct buf *out, const char *folder, const char *run, const char *name);
