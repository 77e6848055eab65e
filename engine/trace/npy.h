/* SPDX-License-Identifier: Apache-2.0 */
/* npy: NumPy's file of one array (format 1.0 to 3.0).
 *
 * f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1 in either order of bytes, in C or Fortran order. Object
 * arrays, which hold pickled code, are refused. The file is untrusted. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "engine/tensor/tensor.h"

struct npy {
    struct tensor t;  /* data NULL; strides of the file's order */
    const void *data; /* unaligned, borrowed */
    bool is_big;      /* big-endian: the bytes of each element are to be swapped */
};

/* name is what messages call the bytes. 0, ERR_FORMAT naming the offset or the key, or
 * ERR_UNSUPPORTED for a type that has no arithmetic here. */
int npy_parse(struct npy *out, const void *bytes, size_t size, const char *name);
/* Copies the bytes of all elements to out, which may be unaligned, in this machine's order. */
void npy_copy(void *out, const struct npy *n);
/* C order, format 1.0. BF16, which NumPy lacks, is written as f4. 0, ERR_UNSUPPORTED for blocks,
 * ERR_NOMEM, ERR_IO. */
int npy_write(const char *path, const struct tensor *t);
