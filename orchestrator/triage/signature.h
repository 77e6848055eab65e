/* SPDX-License-Identifier: Apache-2.0 */
/* signature: what stays the same when a failure happens again.
 *
 * Volatile parts of a sentence are masked and the rest is hashed. The algorithm has a version,
 * stored with every hash, so that history can be clustered again when it changes. */
#pragma once

#include "engine/base/buf.h"

enum { SIGNATURE_ALGO = 1, SIGNATURE_SIZE = 33 /* 32 hex digits and a NUL */ };

/* Appends text with addresses, long hex and numbers as %, absolute paths cut to their base name.
 * Kept: digits inside a word (bf16, layer.3) and bracketed shapes ([2, 7, 32]). */
void signature_mask(struct buf *out, const char *text);
/* How far over its limit an error is, as a word: floats would make every failure a new one. */
const char *signature_bucket(double nmse, double limit);
/* The hash of a template, stamped with the algorithm's version. Returns out. */
char *signature_hash(const char *template, char out[SIGNATURE_SIZE]);
