/* SPDX-License-Identifier: Apache-2.0 */
/* weight_pack: a matrix in the order of bytes that its device likes. */
#pragma once

#include "engine/tensor/tensor.h"

struct checkpoint;
struct device;
struct weights;

/* *t becomes TENSOR_PANELS where dev wants it so: in place when w owns its bytes, else as new bytes
 * of the same size that w owns. What of cp's bytes is packed leaves memory a piece at a time, so
 * that there are never two of it all. 0 or ERR_NOMEM. */
int weight_pack(struct weights *w, struct tensor *t, struct device *dev, struct checkpoint *cp);
