/* SPDX-License-Identifier: Apache-2.0 */
/* mend: what of a run is fixed because of a fix that has a record.
 *
 * Two things must be so. The case is fixed against the reference run, and a proven record names it
 * to be mended; and the swept commit has the change, which the reference had not: the record's own
 * commit leads to it, or a commit since the reference, or the swept one, holds at the changed paths
 * exactly the files of the fix. A case counts for one fix. */
#pragma once

#include "orchestrator/sweep/sweep.h"

struct mend_place {
    struct db *db;
    const char *logs;   /* where the records are */
    const char *folder; /* of the checkout that was swept */
};

/* A sweep_ending_fn; arg is a struct mend_place. */
sweep_ending_fn mend_record;
