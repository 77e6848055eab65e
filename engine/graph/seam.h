/* SPDX-License-Identifier: Apache-2.0 */
/* seam: a kernel of the host on tensors of a device: copied over, computed, copied back. Slow, and
 * what makes a new backend run every model on the day it can copy. */
#pragma once

#include "engine/backend/backend.h"

/* Host memory that seam_run() and seam_check() use for a call of these shapes. */
size_t seam_bytes(const struct op_call *call);
/* Runs kernel on dev->host, where call->scratch lies too; `room` is seam_bytes(), aligned to 64.
 * 0, or the failure of a copy or of the kernel. */
int seam_run(struct device *dev, const struct kernel *kernel, const struct op_call *call,
             void *room);
/* op_check() of a call whose tensors are on the device. */
int seam_check(struct device *dev, const struct op_call *call, void *room);
