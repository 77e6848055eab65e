/* SPDX-License-Identifier: Apache-2.0 */
/* lock: one sweep at a time per checkout. The kernel lets go of it when its holder ends, however
 * that is; the file says who holds it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct lock;

enum { LOCK_HOLDER_SIZE = 160 };

/* Takes logs/.lock. When another holds it: ERR_BUSY naming it unless `wait`, which says so once
 * and waits until it is free or *stop (ERR_STOPPED). 0, ERR_IO. */
int lock_take(struct lock **out, const char *logs, struct loop *loop, bool wait,
              const volatile bool *stop);
void lock_release(struct lock *l); /* NULL is fine */
/* "noctule sweep, pid 4711, since 2026-11-21T02:15:04Z"; "" when nobody holds it. Takes nothing. */
void lock_holder(const char *logs, char out[LOCK_HOLDER_SIZE]);
