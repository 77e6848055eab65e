/* SPDX-License-Identifier: Apache-2.0 */
/* config_parts: what the files that read noctule.json share, and nobody else includes. */
#pragma once

#include <stddef.h>

#include "engine/base/json.h"
#include "orchestrator/sweep/config.h"

/* 0, or ERR_FORMAT naming a key of at that is none of keys: words separated by blanks. */
int config_check_keys(struct json at, const char *keys);
/* A list of at least that many entries, and no more than CONFIG_LIST_MAX. */
int config_check_len(struct json list, size_t least);
/* A list of words, NULL-terminated in *out. */
int config_read_words(struct config *c, struct json list, const char ***out);
/* Paths below the root, *out as it was when the key is not there; or, given a prefix, what must
 * begin with it. */
int config_read_paths(struct config *c, struct json at, const char *key, const char *prefix,
                      const char ***out);
/* Each {…} of the command must be one that the plan of the suite can fill. explains: {case} and
 * {good} are such, too. 0, or ERR_FORMAT naming at. */
int config_check_holes(const struct suite *s, const char *const *command, bool explains,
                       struct json at);
/* dir, program and args of a suite of a kind that is built in: its command. */
struct runner;
int config_read_runner(struct config *c, struct json at, const struct runner *r, struct suite *s);
/* The one axis of a suite that has none. */
void config_default_axis(struct config *c, struct suite *s);
/* All kinds of suites there are, for messages. */
const char *config_kinds(struct arena *arena);
/* The key decoy of a suite. */
int config_read_decoy(struct config *c, struct json at, struct suite *s);
/* The key fix. */
int config_read_fix(struct config *c, struct json root);
/* The keys expect, expect_strict and quarantine. */
int config_read_waivers(struct config *c, struct json root);
