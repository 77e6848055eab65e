/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/weight_pack.h"

#include "engine/backend/backend.h"
#include "engine/nn/weight_cast.h"
#include "engine/nn/weights.h"

static bool is_owned(const struct weights *w, const void *data) {
    for (size_t i = 0; i < w->owned_len; i++)
        if (w->owned[i] == data)
            return true;
    return false;
}

int weight_pack(struct weights *w, struct tensor *t, struct device *dev) {
    void *out = t->data;
    if (!dev->backend->packs || !dev->backend->packs(dev, t))
        return 0;
    int rc = is_owned(w, t->data) ? 0 : weight_own(w, &out, tensor_size(t));
    if (rc != 0)
        return rc;
    dev->backend->pack(dev, out, t);
    t->data = out;
    t->layout = TENSOR_PANELS;
    return 0;
}
