/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/device.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"

static int unknown_backend(const char *name) {
    struct buf known;
    buf_init(&known, 4096);
    for (int i = 0; backend_table[i]; i++)
        buf_printf(&known, "%s%s", i ? ", " : "", backend_table[i]->name);
    int rc = err_set(ERR_NOTFOUND, "there is no backend \"%s\"; there are: %s", name, known.data);
    buf_done(&known);
    return rc;
}

int device_open(struct device **out, const char *name, const struct device_options *options) {
    static const struct device_options defaults;
    const struct backend *backend = backend_find(name);
    if (!options)
        options = &defaults;
    if (!backend)
        return unknown_backend(name);
    struct device *dev = NULL, *host = NULL;
    int rc = backend->open(&dev, options);
    if (rc == 0 && !dev->host) {
        rc = backend_reference()->open(&host, options);
        dev->host = host;
    }
    if (rc < 0) {
        backend->close(dev);
        return err_while(rc, "opening backend %s", name);
    }
    if (!dev->pool)
        dev->pool = dev->host->pool;
    *out = dev;
    return 0;
}

void device_close(struct device *dev) {
    if (!dev)
        return;
    struct device *host = dev->host == dev ? NULL : dev->host;
    dev->backend->close(dev);
    device_close(host);
}

bool device_is_host(const struct device *dev) {
    return dev->backend->alloc == NULL;
}

int device_write(struct device *dev, void *to, const void *host, size_t size) {
    if (!device_is_host(dev))
        return dev->backend->write(dev, to, host, size);
    memcpy(to, host, size);
    return 0;
}

int device_read(struct device *dev, void *host, const void *from, size_t size) {
    if (!device_is_host(dev))
        return dev->backend->read(dev, host, from, size);
    memcpy(host, from, size);
    return 0;
}

int device_sync(struct device *dev) {
    return dev->backend->sync ? dev->backend->sync(dev) : 0;
}
