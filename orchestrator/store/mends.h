/* SPDX-License-Identifier: Apache-2.0 */
/* mends: which fix, and which pull request, mended how many cases of a run. Written when a run
 * ends, from the records of fixes and from what the swept commit holds (fix/mend.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct db;
struct json_writer;

/* A string is never NULL once read; "" is none. */
struct mend_row {
    int64_t run;
    const char *fix;   /* id of its record */
    const char *cause; /* hash of the cluster that it mends */
    const char *words; /* of that cluster */
    int64_t number;    /* of the pull request, 0 = there is none */
    const char *url;
    const char *commit; /* brought the fix into the history that was swept */
    const char *how; /* it is known: "commit" is in the history, or "files" are those of the fix */
    const char *proof_sha256;
    int64_t cases;        /* of the run that are fixed, and that the fix was to mend */
    const char *run_name; /* filled in when read */
};

/* By the most cases. 0 or ERR_IO. */
int mends_of_run(struct db *db, struct arena *arena, int64_t run, struct mend_row **out,
                 size_t *len);
/* The newest first. */
int mends_of_cause(struct db *db, struct arena *arena, const char *hash, struct mend_row **out,
                   size_t *len);
/* The member "mends" of the open object: an array whose objects have the name of the `run`, and the
 * keys of the journal's event `mend`; empty when nothing was mended. */
void mends_write(struct json_writer *w, const struct mend_row *rows, size_t len);
/* An address of the web with nothing in it that ends a link on a page. */
bool mends_is_url(const char *url);

struct mend_case {
    const char *cell, *name;
};
/* The cases of a run that are CHANGE_FIXED against a reference, by cell and name, before
 * results_compare() said so. 0 or ERR_IO. */
int mends_fixed(struct db *db, struct arena *arena, int64_t run, int64_t reference,
                struct mend_case **out, size_t *len);

/* For the writer: adds, or replaces. 0 or ERR_IO. */
int mends_put(struct db *db, const struct mend_row *m);
