/* SPDX-License-Identifier: Apache-2.0 */
/* tracer: how noctule-engine is asked to compare what two runs computed, and what its answer is. */
#pragma once

#include <stdbool.h>

struct arena;
struct buf;

enum { TRACER_WORDS_MAX = 2000 };

/* argv of a comparison of two traces, NULL-terminated. all: every tensor, not only what exceeds. */
const char *const *tracer_diff(struct arena *arena, const char *engine, const char *a,
                               const char *b, bool all);

/* One case on two backends, traced and compared; dtype may be "". */
struct tracer_case {
    const char *fixture, *name, *backend, *reference, *dtype;
    bool all;
};
/* argv that does so in the folder of temporary files. ERR_ARG when a word would be an option. */
int tracer_compare(struct arena *arena, const char *engine, const struct tracer_case *c,
                   const char *const **out);

/* code: of the comparison's end; said and complaint: its output, without the newline at its end
 * then. 0 when something was compared; ERR_FORMAT, ERR_IO with its complaint. */
int tracer_judge(int code, struct buf *said, const struct buf *complaint);
