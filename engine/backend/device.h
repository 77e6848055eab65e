/* SPDX-License-Identifier: Apache-2.0 */
/* device: a backend opened: what memory is on and kernels run on. */
#pragma once

#include "engine/backend/backend.h"

/* name: a backend's, or with an instruction set behind it: "cpu-native.avx2". 0, ERR_NOTFOUND
 * naming the backends there are, ERR_ARG for an instruction set where there is none to choose, or
 * what open() returns. options NULL = {0}. */
int device_open(struct device **out, const char *name, const struct device_options *options);
void device_close(struct device *dev); /* NULL is fine */
/* Whether the host may read and write the device's addresses. */
bool device_is_host(const struct device *dev);
/* size bytes between host memory and the device's. 0 or the device's failure. */
int device_write(struct device *dev, void *to, const void *host, size_t size);
int device_read(struct device *dev, void *host, const void *from, size_t size);
int device_sync(struct device *dev);
