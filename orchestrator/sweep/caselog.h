/* SPDX-License-Identifier: Apache-2.0 */
/* caselog: what a case wrote, out of the log of its cell. The last log read is kept, for cases are
 * asked for cell by cell. */
#pragma once

#include <stdint.h>

#include "engine/base/buf.h"

struct caselog {
    const char *logs; /* the folder of all runs */
    char *name;       /* of the log that text holds; NULL = none yet */
    struct buf text;
    int rc; /* of reading it */
};

void caselog_init(struct caselog *c, const char *logs);
void caselog_done(struct caselog *c);
/* Bytes begin…end of the log, which is named below logs/; end -1 = all of it. Borrowed until the
 * next call. 0, ERR_NOTFOUND when it was cleared away or is shorter, ERR_IO, ERR_FORMAT. */
int caselog_read(struct caselog *c, const char *log, int64_t begin, int64_t end, const char **text,
                 size_t *len);
