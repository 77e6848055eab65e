/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "engine/base/err.h"

enum { SHA256_SIZE = 32, CHUNK = 64 << 10 };

struct hash {
    EVP_MD_CTX *ctx;
};

struct hash *hash_new(void) {
    struct hash *h = xcalloc(1, sizeof(*h));
    h->ctx = EVP_MD_CTX_new();
    CHECK(h->ctx && EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL) == 1);
    return h;
}

void hash_add(struct hash *h, const void *data, size_t size) {
    CHECK(EVP_DigestUpdate(h->ctx, data, size) == 1);
}

char *hash_finish(struct hash *h, char out[HASH_HEX_SIZE]) {
    static const char digits[] = "0123456789abcdef";
    unsigned char sum[SHA256_SIZE];
    CHECK(EVP_DigestFinal_ex(h->ctx, sum, NULL) == 1);
    char *at = out;
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        *at++ = digits[sum[i] >> 4];
        *at++ = digits[sum[i] & 15];
    }
    *at = '\0';
    hash_free(h);
    return out;
}

void hash_free(struct hash *h) {
    if (h)
        EVP_MD_CTX_free(h->ctx);
    free(h);
}

char *hash_bytes(const void *data, size_t size, char out[HASH_HEX_SIZE]) {
    struct hash *h = hash_new();
    hash_add(h, data, size);
    return hash_finish(h, out);
}

int hash_file(const char *path, char out[HASH_HEX_SIZE]) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "cannot open %s", path);
    struct hash *h = hash_new();
    unsigned char *chunk = xrealloc(NULL, CHUNK);
    ssize_t n;
    while ((n = read(fd, chunk, CHUNK)) != 0) {
        if (n > 0)
            hash_add(h, chunk, (size_t)n);
        else if (errno != EINTR)
            break;
    }
    int rc = n < 0 ? err_errno(ERR_IO, "cannot read %s", path) : 0;
    free(chunk);
    close(fd);
    if (rc < 0)
        hash_free(h);
    else
        hash_finish(h, out);
    return rc;
}
