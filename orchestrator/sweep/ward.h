/* SPDX-License-Identifier: Apache-2.0 */
/* ward: the sandbox that each program of a subject has for itself when it is not trusted.
 *
 * A sweep judges by what it writes down. Whoever is judged must not come near that: a worker in
 * its ward reads the checkout, writes a folder of its own that is thrown away, and has nothing
 * else. It sees neither the sweep nor another worker. */
#pragma once

#include <stdint.h>

struct arena;
struct config;

/* The words that, put before those of a command, run it in the root of the subject that way;
 * NULL-terminated. Readable are the root and what fix.readable names; fix.environment is there.
 * require, level: words of sandbox_level_parse(), or NULL. 0, ERR_ARG, ERR_UNSUPPORTED, ERR_IO. */
int ward_words(const char *const **out, struct arena *arena, const struct config *config,
               const char *require, const char *level);
/* What all processes of one sandbox may hold together: fix.memory_limit_mib. */
int64_t ward_memory_mib(const struct config *config);
