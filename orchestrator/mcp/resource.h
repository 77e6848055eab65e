/* SPDX-License-Identifier: Apache-2.0 */
/* resource: ledger entries and logs, read by address. Nothing else has one.
 *
 *     noctule://ledger/ENTRY.md
 *     noctule://logs/RUN/FILE            plain text, though it may be packed on disk
 *     noctule://logs/RUN/FILE?begin=B&end=E   bytes of it, as a failure names them
 *
 * Names are single folders and files below ledger/ and logs/ of the checkout; links are not
 * followed. */
#pragma once

#include <stdint.h>

#include "engine/base/json.h"

enum {
    RESOURCE_BYTES_MAX = 2 << 20, /* of one answer */
    RESOURCE_PAGE = 100,
    RESOURCE_RUNS_MAX = 3, /* whose logs are listed, the newest; others are read all the same */
};

/* One page into the open result; cursor as a page before gave it, or "". 0; ERR_ARG for another
 * cursor; ERR_NOTFOUND, ERR_IO without a checkout. */
int resource_list(struct json_writer *w, const char *cursor);
void resource_list_templates(struct json_writer *w);
/* "contents" into the open result. 0; ERR_ARG for no address of ours; ERR_NOTFOUND; ERR_LIMIT;
 * ERR_IO. */
int resource_read(struct json_writer *w, const char *uri);
/* The address of a log, "RUN/FILE" below logs/; end 0 = all of it. */
void resource_address(struct buf *out, const char *log, int64_t begin, int64_t end);
