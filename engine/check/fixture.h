/* SPDX-License-Identifier: Apache-2.0 */
/* fixture: a folder with cases.json, the reference values (goldens.safetensors) and checkpoints.
 *
 * A golden that is missing, or a goldens file that is not the one cases.json was written with, is
 * an error and never a case that is skipped. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/tensor/tensor.h"

struct fixture;

/* Reads cases.json and nothing else. 0, ERR_NOTFOUND, ERR_IO, ERR_FORMAT naming the path. */
int fixture_open(struct fixture **out, const char *folder);
void fixture_close(struct fixture *f); /* NULL is fine; every golden dies */

const char *fixture_folder(const struct fixture *f);
const char *fixture_family(const struct fixture *f);
size_t fixture_count(const struct fixture *f);
struct json fixture_case(const struct fixture *f, size_t index); /* checked to be an object */
const char *fixture_case_name(const struct fixture *f, size_t index);
const char *fixture_case_id(const struct fixture *f, size_t index); /* family/name */
/* True and *index when there is such a case; id with or without the family. */
bool fixture_find(const struct fixture *f, const char *id, size_t *index);

/* name below the folder, with dtype for {dtype} in it. Lives as long as f. */
const char *fixture_path(struct fixture *f, const char *name, const char *dtype);
/* Such a path of the case's checkpoint, a folder or a GGUF file: "." when it names none. 0 or
 * ERR_FORMAT. */
int fixture_checkpoint(struct fixture *f, size_t index, const char *dtype, const char **out);

/* Opens and hashes the goldens at the first call. 0, or the same failure every time. */
int fixture_load_goldens(struct fixture *f);
/* Of goldens.safetensors as found on disk; NULL before fixture_load_goldens() or without file. */
const char *fixture_golden_hash(const struct fixture *f);

enum golden_use {
    GOLDEN_INPUT,  /* key@dtype when there is one, else key */
    GOLDEN_EXPECT, /* the same for integers; floats must have key@dtype unless dtype is f32 */
};
/* dtype is that of the cell, "bf16". *out borrows from the fixture. 0, ERR_NOTFOUND naming the key,
 * or what fixture_load_goldens() says. */
int fixture_golden(struct fixture *f, const char *key, const char *dtype, enum golden_use use,
                   struct tensor *out);
/* Reads a JSON file beside cases.json; the fixture keeps it. A plain name only. */
int fixture_json(struct fixture *f, const char *name, struct json *out);
