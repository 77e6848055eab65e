/* SPDX-License-Identifier: Apache-2.0 */
/* dice: chance that nobody can foretell. It is thrown anew at each verification and kept nowhere.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

/* From the kernel. 0 or ERR_IO. */
int dice_init(struct dice *d);
uint64_t dice_below(struct dice *d, uint64_t n); /* 0 … n - 1; n is 1 at least */
double dice_share(struct dice *d);               /* 0 … below 1 */
/* The indexes 0 … n - 1 in some order. */
void dice_shuffle(struct dice *d, size_t *out, size_t n);
