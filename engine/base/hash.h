/* SPDX-License-Identifier: Apache-2.0 */
/* hash: SHA-256 by libcrypto, as lower-case hex. */
#pragma once

#include <stddef.h>

enum { HASH_HEX_SIZE = 65 }; /* 64 digits and a NUL */

struct hash;
struct hash *hash_new(void); /* never NULL */
void hash_add(struct hash *h, const void *data, size_t size);
/* Finishes, frees h, writes the digits. Returns out. */
char *hash_finish(struct hash *h, char out[HASH_HEX_SIZE]);
void hash_free(struct hash *h); /* without finishing; NULL is fine */

char *hash_bytes(const void *data, size_t size, char out[HASH_HEX_SIZE]);
/* 0 or ERR_IO / ERR_NOTFOUND. */
int hash_file(const char *path, char out[HASH_HEX_SIZE]);
