/* SPDX-License-Identifier: Apache-2.0 */
/* tidings: what a sweep found, told to the hooks after-run, on-new-failure and on-fixed. */
#pragma once

#include <stdint.h>

struct db;
struct place;

enum { TIDINGS_CASES_MAX = 1000, TIDINGS_SCRIPT_MS = 60000 };

/* run: finished and in the index. What hooks say goes to the log and their record, and never to
 * the verdicts. 0, or ERR_IO when the index could not be asked. */
int tidings_tell(const struct place *place, struct db *db, int64_t run);
