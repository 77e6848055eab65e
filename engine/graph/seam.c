/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/graph/seam.h"

#include "engine/backend/device.h"
#include "engine/graph/memory.h"

/* As much as on the device, gaps included, so that strides stay as they are. */
static size_t room_for(const struct tensor *t) {
    return (tensor_span(t) + MEMORY_ALIGNMENT - 1) / MEMORY_ALIGNMENT * MEMORY_ALIGNMENT;
}

size_t seam_bytes(const struct op_call *call) {
    size_t size = room_for(call->out);
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        size += call->in[i] ? room_for(call->in[i]) : 0;
    return size;
}

/* Copies t to *room, moves *room behind it, and has *copy describe what is there. */
static int fetch(struct device *dev, struct tensor *copy, const struct tensor *t, char **room) {
    *copy = *t;
    copy->data = *room;
    *room += room_for(t);
    return tensor_span(t) ? device_read(dev, copy->data, t->data, tensor_span(t)) : 0;
}

int seam_run(struct device *dev, const struct kernel *kernel, const struct op_call *call,
             void *room) {
    struct op_call here = *call;
    struct tensor in[OP_INPUTS_MAX], out;
    char *at = room;
    int rc = 0;
    for (int i = 0; rc == 0 && i < OP_INPUTS_MAX; i++)
        if (call->in[i]) {
            rc = fetch(dev, &in[i], call->in[i], &at);
            here.in[i] = &in[i];
        }
    if (rc == 0) /* also what lies between the rows of the result must come back as it was */
        rc = fetch(dev, &out, call->out, &at);
    here.out = &out;
    if (rc == 0)
        rc = kernel->run(dev->host, &here);
    if (rc == 0 && tensor_span(&out))
        rc = device_write(dev, call->out->data, out.data, tensor_span(&out));
    return rc;
}

int seam_check(struct device *dev, const struct op_call *call, void *room) {
    int index = op_checked_input(call->op);
    struct op_call here = *call;
    struct tensor ids;
    char *at = room;
    if (index < 0)
        return 0;
    int rc = fetch(dev, &ids, call->in[index], &at);
    here.in[index] = &ids;
    return rc < 0 ? rc : op_check(&here);
}
