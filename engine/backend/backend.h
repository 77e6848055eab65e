/* SPDX-License-Identifier: Apache-2.0 */
/* backend: who computes. A device, and rows of kernels that run on it.
 *
 * A folder engine/backend/x with a file x.c that defines `const struct backend backend_x` is a
 * backend: the build writes backend_table[] from the folders. A backend need not have a kernel for
 * every op: the plan falls back to composites, then to the CPU reference on the device's host. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/op/op.h"

struct device;
struct pool;

/* One way to compute one op. Rows are tried in order: the special case above the general one. */
struct kernel {
    enum op op;
    uint32_t dtypes; /* DTYPE_BIT()s that op_key_dtype() may be */
    /* "cuda.matmul_wgmma", shown in routes. Ends in "_q8" where activations are rounded to 8 bits,
     * a block of them at a time, which device_options.exact rules out. */
    const char *name;
    /* Whether shapes and strides suit; NULL = all that op_shape() lets through. */
    bool (*accepts)(const struct device *dev, const struct op_call *call);
    /* Bytes of call->scratch; NULL = none. */
    size_t (*scratch)(const struct device *dev, const struct op_call *call);
    /* 0 or ERR_*. A device with a queue may return before the work is done. Must not allocate. */
    int (*run)(struct device *dev, const struct op_call *call);
};
/* The last row of every table. */
#define KERNEL_END_ROW \
    { OP_COUNT, 0, NULL, NULL, NULL, NULL }

struct device_options {
    int threads;     /* of the CPU; 0 = one per core */
    bool pin;        /* threads bound to cores, one each, and the opening thread until the close */
    int index;       /* which device of its kind */
    const char *isa; /* cpu-native: an instruction set of its table; NULL = the best there is */
    bool exact;      /* f32 activations everywhere, also where int8 or bf16 would be faster */
    bool fast;       /* prompts rounded to 16 bits where weights have 16, if that is faster */
};

struct backend {
    const char *name;             /* "cpu" */
    const char *summary;          /* one sentence, for `ops` */
    const struct kernel *kernels; /* ended by KERNEL_END_ROW */
    /* What device_options.isa may be, the plainest first, ended by NULL; NULL: nothing to choose.
     */
    const char *const *isas;
    /* Its rows are the definitions of the ops: routes through them count as reference. */
    bool is_reference;
    /* 0, or ERR_UNSUPPORTED when the machine has no such device, or ERR_*. */
    int (*open)(struct device **out, const struct device_options *options);
    void (*close)(struct device *dev); /* NULL is fine */

    /* Matrices whose rows the device would rather have in another order of the same bytes, and how
     * it lays them out: t, as rows, into out, which may be where t lies. The result is
     * TENSOR_PANELS. NULL: takes them as they are. layout is the name of that order, another one
     * whenever the bytes become others. */
    const char *layout;
    bool (*packs)(const struct device *dev, const struct tensor *t);
    void (*pack)(struct device *dev, void *out, const struct tensor *t);

    /* Memory. All NULL when the device computes in host memory. Addresses are the device's; read
     * and write wait for the kernels before them. 0 or ERR_*. */
    int (*alloc)(struct device *dev, size_t size, void **out); /* aligned to 256 bytes */
    void (*free)(struct device *dev, void *address);
    int (*write)(struct device *dev, void *to, const void *host, size_t size);
    int (*read)(struct device *dev, void *host, const void *from, size_t size);
    int (*copy)(struct device *dev, void *to, const void *from, size_t size);
    int (*sync)(struct device *dev); /* returns when all kernels have ended, with their failure */
};

enum { DEVICE_NAME_SIZE = 64 };

/* What every device begins with; a backend's own struct embeds it first. */
struct device {
    const struct backend *backend;
    struct device *host; /* the CPU device that computes what this one cannot; itself for the CPU */
    struct pool *pool;   /* of the host: kernels share out rows with it */
    const struct kernel *kernels; /* instead of the backend's; NULL = those */
    const char *isa;              /* the instruction set in use; NULL = there are none to choose */
    char name[DEVICE_NAME_SIZE];  /* the backend's, and ".isa" behind it where there is one */
    bool exact, fast;             /* see struct device_options */
    int64_t ahead;                /* cpu-native: bytes of a stream to ask for before their use */
    int64_t ahead_halves;         /* the same for f16 and bf16, which take longer to widen */
    bool few_streams;             /* cpu-native: see look_ahead() in native.c */
    int64_t band;                 /* cpu-native: most k of blocks that many rows pass at once */
};

/* Generated from the folders; ended by NULL. */
extern const struct backend *const backend_table[];
/* What commands compute on when nobody says. */
#define BACKEND_DEFAULT "cpu-native"
/* NULL when there is none of that name. */
const struct backend *backend_find(const char *name);
/* The CPU reference, of which the table is complete. */
const struct backend *backend_reference(void);
/* The first row that takes the call, or NULL. */
const struct kernel *backend_kernel(const struct device *dev, const struct op_call *call);
