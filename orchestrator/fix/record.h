/* SPDX-License-Identifier: Apache-2.0 */
/* record: what became of one fix, LOGS/fix/ID/fix.json. It is replaced at every step, so it is
 * there while the loop works and says the end of those that are over. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "engine/base/json.h"
#include "orchestrator/proof/proof.h"

enum { FIX_RECORD_SCHEMA = 1, FIX_RECORD_FILE_MAX = 16 << 20, FIX_RECORDS_MAX = 10000 };

/* Strings are never NULL; "" is none, or not yet. */
struct fix_record {
    int64_t schema;      /* written as FIX_RECORD_SCHEMA whatever it is */
    const char *id;      /* the name of its folder */
    const char *cluster; /* hash of the cause */
    const char *words;   /* of the cluster */
    const char *subject;
    const char *base;   /* commit */
    const char *tree;   /* with the change */
    const char *commit; /* of the change */
    const char *state;  /* "running", "ended" */
    const char *outcome, *reason;
    const char *role, *driver;
    const char *culprit; /* commit */
    int64_t begun_ms, ended_ms;
    int64_t number;  /* of the pull request */
    const char *url; /* http or https; "" = there is none */
    const char *proof_sha256;
    const char *const *paths; /* [path_count] what it changes, below the top of the repository */
    size_t path_count;
    const struct proof_name *cases; /* [case_count] to be mended */
    size_t case_count;
};

/* Replaces FOLDER/fix.json. 0, ERR_IO, or ERR_FORMAT when it is none that could be read. */
int fix_record_write(const struct fix_record *r, const char *folder);
/* The members of fix.json into the open object. */
void fix_record_put(struct json_writer *w, const struct fix_record *r);
/* name is what messages call it. 0 or ERR_FORMAT with the key. */
int fix_record_read(struct fix_record *out, struct arena *arena, const char *text, size_t len,
                    const char *name);
/* 0, ERR_NOTFOUND, ERR_FORMAT, ERR_LIMIT, ERR_IO. */
int fix_record_load(struct fix_record *out, struct arena *arena, const char *folder);
/* Those below LOGS/fix, newest first; no such folder is none. One that cannot be read is told to
 * the log and left out. 0 or ERR_IO. */
int fix_records_list(const char *logs, struct arena *arena, struct fix_record **out, size_t *len);
/* Of these, those of one cluster; in place. Their number. */
size_t fix_records_of(struct fix_record *list, size_t len, const char *cluster);
