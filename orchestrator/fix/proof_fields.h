/* SPDX-License-Identifier: Apache-2.0 */
/* proof_fields: the keys of proof.json, in their order. Writer and reader walk the same rows, so
 * there is no key that only one of them knows. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Opens the bundle in a page. */
#define PROOF_FENCE "```json"

enum proof_field_kind {
    PROOF_FIELD_TEXT,  /* min…max bytes of one line */
    PROOF_FIELD_PATH,  /* the same, and a path below the top; "" when min is 0 */
    PROOF_FIELD_ID,    /* the same, as a folder is called */
    PROOF_FIELD_HEX,   /* max digits; "" too when min is 0 */
    PROOF_FIELD_INT,   /* min…max */
    PROOF_FIELD_SHARE, /* 0…1 */
    PROOF_FIELD_BYTES, /* text of any lines: the patch */
    PROOF_FIELD_RAW,   /* a JSON object of max bytes; null when min is 0 */
    PROOF_FIELD_LIST,  /* min…max paths; their number at `count` */
    PROOF_FIELD_CASES, /* the cases to be mended; their number at `count` */
};

struct proof_field {
    const char *section; /* the object that it is in; "" = the top. Rows of one stand together */
    const char *key;     /* NULL ends the table */
    enum proof_field_kind kind;
    size_t offset; /* in struct proof */
    int64_t min, max;
    size_t count;
};
extern const struct proof_field proof_fields[];

/* The counts of struct proof_tally, and where the tallies of a case are; both ended by NULL. */
struct proof_count {
    const char *key;
    size_t offset;
};
extern const struct proof_count proof_tallies[], proof_tally_counts[];
