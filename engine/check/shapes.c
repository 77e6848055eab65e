/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/shapes.h"

#include "engine/backend/device.h"
#include "engine/base/err.h"
#include "engine/check/bench.h"
#include "engine/check/check.h"
#include "engine/check/shape.h"
#include "engine/run/model.h"

enum { THREADS_MAX = 64 };

typedef const int64_t dims[SHAPE_DIMS];
#define END \
    { -1 }

static dims products[] = {
    {1,   1,  1  },
    {1,   9,  17 },
    {1,   26, 5  },
    {2,   2,  33 },
    {3,   3,  67 },
    {4,   5,  47 },
    {5,   1,  130},
    {6,   7,  31 },
    {7,   13, 50 },
    {8,   2,  97 },
    {9,   3,  31 },
    {13,  2,  241},
    {37,  6,  61 },
    {11,  40, 19 },
    {515, 1,  17 },
    END
};
static dims sets[] = {
    {1,   3, 64, 7,  9 },
    {1,   6, 17, 33, 0 },
    {5,   2, 33, 17, 0 },
    {9,   4, 31, 5,  17},
    {12,  7, 97, 31, 5 },
    {513, 1, 5,  33, 7 },
    END
};
static dims pairs[] = {
    {1,  1,  37},
    {1,  12, 67},
    {3,  2,  50},
    {7,  3,  33},
    {13, 5,  45},
    END
};
static dims tables[] = {
    {1,   1, 2 },
    {33,  3, 9 },
    {100, 7, 31},
    END
};
static dims rows[] = {
    {1, 1   },
    {3, 7   },
    {2, 33  },
    {5, 130 },
    {3, 8209},
    END
};
/* Of ops that look at a whole row for each of its numbers. */
static dims lines[] = {
    {1, 1   },
    {3, 7   },
    {2, 33  },
    {5, 130 },
    {2, 1031},
    END
};
static dims ropes[] = {
    {1,  1, 2,   1 },
    {7,  3, 10,  3 },
    {9,  2, 64,  32},
    {5,  1, 7,   3 },
    {2,  5, 80,  20},
    {14, 2, 130, 65},
    END
};
static dims heads[] = {
    {1, 1,  1,   1,  1, 1  },
    {3, 4,  11,  6,  2, 7  },
    {2, 5,  33,  15, 3, 31 },
    {2, 8,  40,  2,  2, 128},
    {2, 1,  300, 7,  1, 64 },
    {3, 2,  530, 6,  2, 20 },
    {2, 9,  50,  6,  2, 20 },
    {1, 19, 70,  9,  3, 80 },
    {2, 35, 61,  3,  1, 64 },
    {3, 17, 300, 2,  1, 40 },
    END
};

enum role {
    ROLE_NONE,   /* f32 alone, in cells of any dtype: others are made of it */
    ROLE_VECTOR, /* weights that are never in blocks */
    ROLE_MATRIX,
    ROLE_CACHE,
};

/* What is made of others where a device has no kernel of its own comes behind them: the first that
 * is wrong is named. */
static const struct row {
    enum op op;
    enum role role;
    shape_fn *make;
    int ways;
    dims *shapes;
    enum stage stage; /* where there is but one it can be of */
} table[] = {
    {OP_MATMUL,      ROLE_MATRIX, shape_matmul,      1,            products, STAGE_NONE        },
    {OP_GET_ROWS,    ROLE_MATRIX, shape_get_rows,    1,            tables,   STAGE_EMBEDDING   },
    {OP_RMS_NORM,    ROLE_VECTOR, shape_norm,        1,            lines,    STAGE_ATTN_NORM   },
    {OP_LAYER_NORM,  ROLE_VECTOR, shape_norm,        1,            lines,    STAGE_ATTN_NORM   },
    {OP_ROPE,        ROLE_NONE,   shape_rope,        2,            ropes,    STAGE_Q_ROPE      },
    {OP_ADD,         ROLE_NONE,   shape_binary,      2,            rows,     STAGE_NONE        },
    {OP_MUL,         ROLE_NONE,   shape_binary,      2,            rows,     STAGE_NONE        },
    {OP_SCALE,       ROLE_NONE,   shape_rowwise,     1,            rows,     STAGE_NONE        },
    {OP_SILU,        ROLE_NONE,   shape_rowwise,     1,            rows,     STAGE_FFN_ACT     },
    {OP_GELU,        ROLE_NONE,   shape_rowwise,     1,            rows,     STAGE_FFN_ACT     },
    {OP_GELU_TANH,   ROLE_NONE,   shape_rowwise,     1,            rows,     STAGE_FFN_ACT     },
    {OP_TANH,        ROLE_NONE,   shape_rowwise,     1,            rows,     STAGE_NONE        },
    {OP_RELU,        ROLE_NONE,   shape_rowwise,     1,            rows,     STAGE_FFN_ACT     },
    {OP_SOFTMAX,     ROLE_NONE,   shape_rowwise,     1,            lines,    STAGE_ATTN_SOFTMAX},
    {OP_KV_STORE,    ROLE_CACHE,  shape_kv_store,    1,            heads,    STAGE_NONE        },
    {OP_ATTN_SCORES, ROLE_CACHE,  shape_attn_scores, SHAPE_SIGHTS, heads,    STAGE_ATTN_SCORES },
    {OP_ATTN_VALUES, ROLE_CACHE,  shape_attn_values, 1,            heads,    STAGE_ATTENTION   },
    {OP_ATTENTION,   ROLE_CACHE,  shape_attention,   SHAPE_SIGHTS, heads,    STAGE_ATTENTION   },
    {OP_MATMULS,     ROLE_MATRIX, shape_matmuls,     1,            sets,     STAGE_NONE        },
    {OP_GATED,       ROLE_MATRIX, shape_gated,       4,            pairs,    STAGE_FFN_GATED   },
};

static bool has_role(enum role role, enum dtype dtype) {
    switch (role) {
    case ROLE_VECTOR:
        return !dtype_is_block(dtype);
    case ROLE_CACHE:
        return DTYPES_CACHE & DTYPE_BIT(dtype);
    default:
        return true;
    }
}

static int try_shape(struct case_run *c, const struct row *row, struct shape *s,
                     struct drawn_finding *out) {
    static const enum drawn_kind kinds[] = {DRAWN_WIDE, DRAWN_OUTLIER};
    bool found = !out || out->found;
    struct drawn d;
    row->make(s);
    s->rows.params = s->call.params;
    int rc = drawn_init(&d, &s->call, &s->rows, s->drawn, s->dev);
    for (size_t i = 0; rc == 0 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        rc = case_broken(c, drawn_run(&d, kinds[i], &c->total, out));
    drawn_done(&d);
    shape_done(s);
    if (!found && out->found)
        out->stage = row->stage;
    return rc;
}

static int try_row(struct case_run *c, const struct row *row, struct device *dev, enum dtype dtype,
                   struct drawn_finding *out) {
    int rc = 0;
    for (int i = 0; rc == 0 && row->shapes[i][0] >= 0; i++)
        for (int way = 0; rc == 0 && way < row->ways; way++) {
            struct shape s = {.n = row->shapes[i], .way = way, .dtype = dtype, .dev = dev};
            s.call.op = s.rows.op = row->op;
            rc = try_shape(c, row, &s, out);
        }
    return rc;
}

static int try_table(struct case_run *c, struct device *dev, enum dtype dtype, bool all,
                     struct drawn_finding *out) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof(table) / sizeof(table[0]); i++)
        if (has_role(table[i].role, dtype) && (all || table[i].role == ROLE_MATRIX))
            rc = try_row(c, &table[i], dev, dtype, out);
    return rc;
}

/* Products as a device makes them that was asked for other ones. */
static int try_asked(struct case_run *c, const struct device_options *o, enum dtype dtype,
                     struct drawn_finding *out) {
    struct device *dev = NULL;
    int rc = device_open(&dev, bench_backend(check_bench(c->check)), o);
    if (rc == 0)
        rc = try_table(c, dev, dtype, false, out);
    device_close(dev);
    return rc;
}

int shapes_run(struct case_run *c, struct drawn_finding *out) {
    int64_t threads = 0;
    enum dtype dtype;
    struct model *model;
    CHECK(dtype_parse(&dtype, check_dtype(c->check)));
    int rc = case_broken(c, json_opt_int(case_params(c), "threads", 1, THREADS_MAX, &threads));
    if (rc == 0)
        rc = bench_model(c, c->folder, threads, &model);
    if (rc == 0)
        rc = try_table(c, model->device, dtype, true, out);
    const struct device_options exact = {.threads = (int)threads, .exact = true};
    const struct device_options fast = {.threads = (int)threads, .fast = true};
    if (rc == 0 && dtype_is_block(dtype))
        rc = try_asked(c, &exact, dtype, out);
    if (rc == 0 && (dtype == DTYPE_BF16 || dtype == DTYPE_F16))
        rc = try_asked(c, &fast, dtype, out);
    return rc;
}
