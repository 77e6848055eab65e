/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/decoy/dice.h"

#include <sys/random.h>

#include "engine/base/err.h"

int dice_init(struct dice *d) {
    if (getrandom(&d->state, sizeof(d->state), 0) != (ssize_t)sizeof(d->state))
        return err_errno(ERR_IO, "there is no chance to be had");
    return 0;
}

/* splitmix64 */
static uint64_t next(struct dice *d) {
    uint64_t z = d->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

uint64_t dice_below(struct dice *d, uint64_t n) {
    return next(d) % n; /* n is small, and what is more likely by 2^-40 does no harm */
}

double dice_share(struct dice *d) {
    return (double)(next(d) >> 11) / (double)(UINT64_C(1) << 53);
}

void dice_shuffle(struct dice *d, size_t *out, size_t n) {
    for (size_t i = 0; i < n; i++) {
        size_t j = (size_t)dice_below(d, i + 1);
        if (j != i)
            out[i] = out[j];
        out[j] = i;
    }
}
