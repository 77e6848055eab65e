/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled for any machine: ends the program where this one lacks the level. */
#include "engine/backend/native/isa.h"
#include "tests/test.h"

#define TEXT_OF(x)    #x
#define TEXT(x)       TEXT_OF(x)
#define JOIN_OF(a, b) a##b
#define JOIN(a, b)    JOIN_OF(a, b)
#define IS_THERE      JOIN(isa_has_, NATIVE_LEVEL)

bool IS_THERE(void);

__attribute__((constructor)) static void skip_what_the_machine_lacks(void) {
    if (!IS_THERE())
        test_skip("this machine's processor has no " TEXT(NATIVE_LEVEL));
}
