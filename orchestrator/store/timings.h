/* SPDX-License-Identifier: Apache-2.0 */
/* timings: how long attempts took, as multiples of what their worker's calibration took.
 *
 * Ratios are comparable between runs of one environment with as many workers at once, calibrated
 * by the same version of the calibration; the functions that read history keep to those. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct arena;
struct attempt;
struct db;

/* One attempt that passed, of a case that did. */
struct timing {
    int64_t case_id;
    const char *case_name;
    int n;
    double cpu_ms, calibration_ms;
};
/* Those of a cell in a run that have both figures, by case and attempt. 0 or ERR_IO. */
int timings_of_cell(struct db *db, struct arena *arena, int64_t run, int64_t cell,
                    struct timing **out, size_t *len);

/* A case in an earlier run: the ratio of its first attempt. */
struct timing_past {
    int64_t case_id;
    double ratio;
    int64_t shifted; /* the run found it slower or faster than before */
};
/* Of all cases of a cell, in at most `runs` comparable finished runs before this one; by case,
 * oldest first. */
int timings_past(struct db *db, struct arena *arena, int64_t run, int64_t cell, int64_t runs,
                 struct timing_past **out, size_t *len);

/* A cell in a run: what its cases took together, as a multiple of what the same cases usually take,
 * which is the median over the runs of the series. So a case that is new moves nothing. */
struct timing_cell {
    int64_t run;
    const char *run_name;
    double share; /* 1 = as usual */
    int64_t cases, slower, faster;
};
/* One cell in this run and at most `runs` - 1 comparable finished ones before, oldest first. */
int timings_series(struct db *db, struct arena *arena, int64_t run, int64_t cell, int64_t runs,
                   struct timing_cell **out, size_t *len);

/* For the writer. 0 or ERR_IO. */
int timings_add(struct db *db, const struct attempt *a);
/* Calibrates what was timed in this cell and is not calibrated yet. */
int timings_calibrate(struct db *db, int64_t run, int64_t cell, int64_t version, double ms);
