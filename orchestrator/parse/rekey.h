/* SPDX-License-Identifier: Apache-2.0 */
/* rekey: JSON of others in which an object may have a key twice, made such that it has it once.
 *
 * GoogleTest writes what a test records with RecordProperty() as members of the test, beside its
 * own, also where they have the names of its own. */
#pragma once

#include <stddef.h>

struct buf;

/* Appends text to out. A member whose key its object has already gets another, "~N"; so does one
 * whose key is among lists (NULL-terminated) and whose value is no list. What is no JSON stays it.
 */
void rekey(struct buf *out, const char *text, size_t len, const char *const *lists);
