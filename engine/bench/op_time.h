/* SPDX-License-Identifier: Apache-2.0 */
/* op_time: how long an op takes on a device, as one of many: so many layers' weights or caches are
 * walked in turn that none of them waits in a cache, as in a model. */
#pragma once

#include "engine/backend/device.h"
#include "engine/bench/gauge.h"
#include "engine/bench/op_case.h"
#include "engine/bench/sample.h"
#include "engine/graph/plan.h"

struct op_time_options {
    size_t footprint; /* bytes of weights to walk through, at least; 0 = four times the cache */
    int repetitions;  /* ≤ SAMPLE_MAX */
    int milliseconds; /* of each, at least */
    bool strict;      /* no fallback to the reference */
};

struct op_time {
    const char *kernel; /* of the first node: "cpu.matmul" */
    enum route_kind route;
    int copies;             /* of weights or caches */
    struct sample seconds;  /* of one op */
    const char *limit;      /* "memory", "cache", or the arithmetic's name: what bounds the op */
    struct sample fraction; /* of it that was reached */
};

/* 0, ERR_NOMEM, ERR_UNSUPPORTED (strict), or what a kernel says. */
int op_time_measure(struct op_time *out, const struct op_case *c, struct device *dev,
                    struct gauge *g, const struct machine *machine,
                    const struct op_time_options *o);
