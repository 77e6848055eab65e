/* SPDX-License-Identifier: Apache-2.0 */
/* schema: the tables of the index, as migrations in order. A migration that was released is never
 * edited: what changes is a further one. */
#pragma once

#include <stddef.h>

/* schema_steps[i] brings version i to i + 1; schema_version = how many there are. */
extern const char *const schema_steps[];
extern const size_t schema_version;
