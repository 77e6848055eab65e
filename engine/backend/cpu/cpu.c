/* SPDX-License-Identifier: Apache-2.0 */
/* cpu: host memory, a pool of threads, and the reference of every op that is not defined by the
 * ops it is made of (graph/composite.c). */
#include "engine/backend/backend.h"
#include "engine/backend/cpu/kernels.h"
#include "engine/base/err.h"
#include "engine/base/pool.h"

enum {
    F32 = DTYPE_BIT(DTYPE_F32),
    ANY = DTYPES_STORAGE,
    WEIGHT = DTYPES_STORAGE | DTYPES_BLOCK,
    CACHE = DTYPES_STORAGE | DTYPES_CACHE,
};

static const struct kernel kernels[] = {
    {OP_GET_ROWS,    WEIGHT,       "cpu.get_rows",    NULL, NULL,                    cpu_get_rows   },
    {OP_ADD,         ANY,          "cpu.add",         NULL, cpu_row_scratch,         cpu_add        },
    {OP_MUL,         ANY,          "cpu.mul",         NULL, cpu_row_scratch,         cpu_mul        },
    {OP_SCALE,       F32,          "cpu.scale",       NULL, cpu_row_scratch,         cpu_scale      },
    {OP_SILU,        F32,          "cpu.silu",        NULL, cpu_row_scratch,         cpu_silu       },
    {OP_GELU,        F32,          "cpu.gelu",        NULL, cpu_row_scratch,         cpu_gelu       },
    {OP_GELU_TANH,   F32,          "cpu.gelu_tanh",   NULL, cpu_row_scratch,         cpu_gelu_tanh  },
    {OP_TANH,        F32,          "cpu.tanh",        NULL, cpu_row_scratch,         cpu_tanh       },
    {OP_RELU,        F32,          "cpu.relu",        NULL, cpu_row_scratch,         cpu_relu       },
    {OP_MATMUL,      WEIGHT,       "cpu.matmul",      NULL, cpu_matmul_scratch,      cpu_matmul     },
    {OP_RMS_NORM,    ANY,          "cpu.rms_norm",    NULL, cpu_row_scratch,         cpu_rms_norm   },
    {OP_LAYER_NORM,  ANY,          "cpu.layer_norm",  NULL, cpu_row_scratch,         cpu_layer_norm },
    {OP_ROPE,        F32,          "cpu.rope",        NULL, cpu_rope_scratch,        cpu_rope       },
    {OP_KV_STORE,    CACHE,        "cpu.kv_store",    NULL, NULL,                    cpu_kv_store   },
    {OP_ATTENTION,   CACHE,        "cpu.attention",   NULL, cpu_attention_scratch,   cpu_attention  },
    {OP_ATTN_SCORES, CACHE,        "cpu.attn_scores", NULL, cpu_attn_scores_scratch, cpu_attn_scores},
    {OP_SOFTMAX,     F32,          "cpu.softmax",     NULL, cpu_row_scratch,         cpu_softmax    },
    {OP_ATTN_VALUES, CACHE,        "cpu.attn_values", NULL, cpu_attn_values_scratch, cpu_attn_values},
    {OP_COPY,        DTYPES_PLAIN, "cpu.copy",        NULL, NULL,                    cpu_copy       },
    KERNEL_END_ROW,
};

extern const struct backend backend_cpu;

static void cpu_close(struct device *dev) {
    if (!dev)
        return;
    pool_free(dev->pool);
    free(dev);
}

static int cpu_open(struct device **out, const struct device_options *options) {
    struct device *dev = xcalloc(1, sizeof(*dev));
    int rc = pool_new(&dev->pool, options->threads);
    if (rc == 0 && options->pin)
        rc = pool_pin(dev->pool);
    if (rc < 0) {
        cpu_close(dev);
        return rc;
    }
    dev->backend = &backend_cpu;
    dev->host = dev;
    *out = dev;
    return 0;
}

const struct backend backend_cpu = {
    .name = "cpu",
    .summary = "the reference: plain C in double precision, complete, the same to the bit anywhere",
    .kernels = kernels,
    .is_reference = true,
    .open = cpu_open,
    .close = cpu_close,
};
