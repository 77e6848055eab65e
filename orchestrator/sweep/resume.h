/* SPDX-License-Identifier: Apache-2.0 */
/* resume: whether a run that was stopped may go on: results of two things must not stand in one. */
#pragma once

struct config;
struct run;

/* program_hash: of what is there now, as prepare_program_hash(). 0, ERR_UNSUPPORTED with what has
 * changed since the run began, ERR_IO. */
int resume_check(const struct run *run, const struct config *config, const char *program_hash);
