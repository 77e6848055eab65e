/* SPDX-License-Identifier: Apache-2.0 */
/* prepare: what a sweep needs before the first worker starts. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/hash.h"

struct arena;
struct config;
struct crew_case;
struct db;
struct loop;
struct plan;
struct plan_cell;
struct run;

/* A command of noctule.json with {build} filled, NULL-terminated, in arena. */
const char **prepare_command(struct arena *arena, const char *const *words, const char *build);
/* The last line of what a command said that is not blank, cut to its last 400 bytes, in arena. */
const char *prepare_last_line(struct arena *arena, const char *text, size_t len);
/* Runs the subject's build commands; what they print goes to the file log. Each may take limit_ms
 * (0 = no limit). 0, ERR_STOPPED, ERR_LIMIT, or ERR_IO with the end of that log. */
int prepare_build(const struct config *config, const char *build, const char *log, int64_t limit_ms,
                  struct loop *loop, const bool *stop);
/* SHA-256 over the programs that the plan runs, in order of first use; each cell gets that of its
 * own. "" where none is a file, but all are words for PATH. 0 or ERR_IO, ERR_NOTFOUND. */
int prepare_program_hash(struct plan *plan, char out[HASH_HEX_SIZE]);
/* Gives each cell that could not list its cases those of its last run, and one more,
 * FAMILY/list_cases, that stands for the fault itself. */
int prepare_fault_cases(struct plan *plan, struct db *db);
bool prepare_is_list_case(const struct plan_cell *cell, const char *case_name);
/* The cells that are expected to take longest first, those never run before all. 0 or ERR_IO. */
int prepare_order(struct plan *plan, struct db *db);
/* How long the case may take, from its history. */
int prepare_limit(const struct plan_cell *cell, struct db *db, int64_t cell_id, int64_t case_id,
                  int64_t *limit_ms);
/* Cases of the cell that run has no verdict for, with their time limits from history; in the
 * plan's arena. */
int prepare_open_cases(struct plan *plan, const struct plan_cell *cell, struct db *db, int64_t run,
                       struct crew_case **out, size_t *len);
