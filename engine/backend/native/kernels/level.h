/* SPDX-License-Identifier: Apache-2.0 */
/* level: names of what is compiled once per instruction set.
 *
 * The build compiles every file of this folder for each level with NATIVE_LEVEL set to its name,
 * so NATIVE(matmul) is native_matmul_avx2 in one of them. */
#pragma once

#define NATIVE_JOIN_(name, level) native_##name##_##level
#define NATIVE_JOIN(name, level)  NATIVE_JOIN_(name, level)
#define NATIVE(name)              NATIVE_JOIN(name, NATIVE_LEVEL)

#define NATIVE_TEXT_(level)       #level
#define NATIVE_TEXT(level)        NATIVE_TEXT_(level)
/* "cpu-native.avx2.matmul" */
#define NATIVE_NAME(op) "cpu-native." NATIVE_TEXT(NATIVE_LEVEL) "." op
