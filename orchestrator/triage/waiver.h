/* SPDX-License-Identifier: Apache-2.0 */
/* waiver: an entry of noctule.json about cases that may fail.
 *
 * An expectation says why: a case that fails with one of its signatures is xfail, one that fails
 * for any other reason is xfail_other, which is red, and one that passes is xpass. A quarantine is
 * for cases that are flaky: they run and are shown, and do not fail the sweep. Both have an owner,
 * an issue and a last day; on the day behind it they hold no more. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "orchestrator/store/waivers.h"

enum { WAIVER_SIGNATURE_MIN = 12 /* hex digits, of SIGNATURE_SIZE - 1 */ };

struct waiver {
    enum waiver_kind kind;
    const char **cells, **cases; /* NULL-terminated shell patterns of their ids */
    const char **signatures;     /* NULL-terminated beginnings of hashes; none in quarantine */
    const char *reason, *owner, *issue;
    const char *expires; /* "2026-12-31": the last day, UTC */
};

/* Whether the entry is about this case of this cell. */
bool waiver_covers(const struct waiver *w, const char *cell, const char *case_name);
/* Whether one of its signatures begins this hash. */
bool waiver_has_signature(const struct waiver *w, const char *hash);
bool waiver_is_expired(const struct waiver *w, int64_t now_ms);
/* A day of the calendar, "YYYY-MM-DD". */
bool waiver_is_date(const char *text);
/* At least WAIVER_SIGNATURE_MIN lower-case hex digits, and no more than a hash has. */
bool waiver_is_signature(const char *text);
