/* SPDX-License-Identifier: Apache-2.0 */
/* machine: what a measurement was made on, and what it may take. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "engine/base/json.h"

enum { MACHINE_NAME_SIZE = 128 };

struct machine {
    char processor[MACHINE_NAME_SIZE]; /* "AMD EPYC", or "" */
    int cores;                         /* that this process may use */
    size_t cache_size;                 /* bytes of the last level that a core sees; 0 = unknown */
    size_t core_cache_size;            /* bytes of the level before it, of one core; 0 = unknown */
    size_t memory_size;                /* bytes */
    double load;                       /* of the last minute: more than 0 spoils a measurement */
};

void machine_init(struct machine *m);
/* The most memory that this process held since the last reset, in bytes, pages of mapped files
 * included. Where the system cannot reset it, since the process began. */
int64_t machine_peak_rss(void);
void machine_reset_peak(void);
/* One object. */
void machine_put(struct json_writer *w, const char *key, const struct machine *m);
