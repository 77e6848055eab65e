/* SPDX-License-Identifier: Apache-2.0 */
/* recipe: what some of Transformers' tokenizer classes make of a tokenizer.json.
 *
 * Most classes take the file as it stands. A few take its vocabulary, merges, limits and added
 * tokens, and make the rest anew from their own settings in tokenizer_config.json, so that what
 * the file says of it has no effect. Which class it is AutoTokenizer decides from the names in
 * tokenizer_config.json and config.json; so it is here, as 5.17 has it. */
#pragma once

#include "engine/base/json.h"

struct recipe;
struct tokenizer;

/* The recipe of the class that the two documents, of which either may have no node, come to.
 * *out is NULL where the file stands. 0 or ERR_FORMAT. */
int recipe_pick(const struct recipe **out, struct json config, struct json model_config);
/* What it makes of the settings and the file, as a document like it: "model" (without its lists),
 * "normalizer", of which a table of characters may be the file's, "pre_tokenizer", "decoder"; and
 * "roles", the special tokens that nobody named. 0 or ERR_FORMAT for a setting of the wrong type.
 */
int recipe_make(const struct recipe *r, struct json_doc **out, struct json config,
                struct json file);
/* What it does at the end, when all tokens have their ids. */
int recipe_finish(const struct recipe *r, struct tokenizer *t);
