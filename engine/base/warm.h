/* SPDX-License-Identifier: Apache-2.0 */
/* warm: mapped files put into the page table ahead of their use, by a thread of its own.
 *
 * A page of a mapping costs a fault when it is first touched though the file is in memory: for a
 * gigabyte that is as much time as reading it. Nothing depends on the thread; what it has not come
 * to is faulted in as ever. */
#pragma once

#include <stddef.h>

struct warm;
struct warm_range {
    const void *data;
    size_t size; /* bytes */
};

/* Ranges in the order in which they are wanted; they must stay mapped until warm_stop(). NULL when
 * there is too little to be worth it, more than fits the machine, or no thread to be had. */
struct warm *warm_start(const struct warm_range *ranges, size_t len);
/* Returns soon, whether or not all is done. NULL is fine. */
void warm_stop(struct warm *w);
/* Waits until all is done. NULL is fine. */
void warm_wait(struct warm *w);
