/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/device.h"

#include <stdio.h>
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

/* "cpu-native.avx2" → backend and options.isa. `room` holds the name's copy. */
static int parse_name(const struct backend **out, struct device_options *options, const char *name,
                      char room[DEVICE_NAME_SIZE]) {
    (void)snprintf(room, DEVICE_NAME_SIZE, "%s", name);
    char *dot = strchr(room, '.');
    if (dot) {
        *dot = '\0';
        options->isa = dot + 1;
    }
    *out = backend_find(room);
    if (!*out)
        return unknown_backend(room);
    if (options->isa && !(*out)->isas)
        return err_set(ERR_ARG, "backend %s has no instruction sets to choose from", room);
    return 0;
}

static int open_host(struct device *dev, const struct device_options *options) {
    if (!dev->host) {
        int rc = backend_reference()->open(&dev->host, options);
        if (rc != 0)
            return rc;
        CHECK(dev->host != NULL);
    }
    if (!dev->pool)
        dev->pool = dev->host->pool;
    return 0;
}

int device_open(struct device **out, const char *name, const struct device_options *options) {
    struct device_options chosen = options ? *options : (struct device_options){0};
    const struct backend *backend = NULL;
    char room[DEVICE_NAME_SIZE];
    struct device *dev = NULL;
    int rc = parse_name(&backend, &chosen, name, room);
    if (rc != 0)
        return rc;
    rc = backend->open(&dev, &chosen);
    if (rc == 0)
        rc = open_host(dev, &chosen);
    if (rc < 0) {
        backend->close(dev);
        return err_while(rc, "opening backend %s", name);
    }
    (void)snprintf(dev->name, sizeof(dev->name), "%s%s%s", backend->name, dev->isa ? "." : "",
                   dev->isa ? dev->isa : "");
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
