/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/backend.h"

#include <string.h>

#include "engine/base/err.h"

const struct backend *backend_find(const char *name) {
    for (int i = 0; backend_table[i]; i++)
        if (strcmp(backend_table[i]->name, name) == 0)
            return backend_table[i];
    return NULL;
}

const struct backend *backend_reference(void) {
    int i = 0;
    while (backend_table[i] && !backend_table[i]->is_reference)
        i++;
    CHECK(backend_table[i] != NULL);
    return backend_table[i];
}

const struct kernel *backend_kernel(const struct device *dev, const struct op_call *call) {
    uint32_t bit = DTYPE_BIT(op_key_dtype(call));
    const struct kernel *rows = dev->kernels ? dev->kernels : dev->backend->kernels;
    for (const struct kernel *k = rows; k->op != OP_COUNT; k++)
        if (k->op == call->op && (k->dtypes & bit) && (!k->accepts || k->accepts(dev, call)))
            return k;
    return NULL;
}
