/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/hash.h"

#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "tests/test.h"

/* FIPS 180-2, appendix B, and the empty message. */
static const char empty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char million[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(known_messages_have_their_known_sums) {
    char hex[HASH_HEX_SIZE];
    EXPECT_STR(hash_bytes("", 0, hex), empty);
    EXPECT_STR(hash_bytes("abc", 3, hex), abc);
    struct hash *h = hash_new();
    for (int i = 0; i < 1000000; i += 10)
        hash_add(h, "aaaaaaaaaa", 10);
    EXPECT_STR(hash_finish(h, hex), million);
    hash_free(hash_new());
    hash_free(NULL);
}

TEST(a_file_has_the_sum_of_its_bytes) {
    struct buf path;
    buf_init(&path, 4096);
    char hex[HASH_HEX_SIZE];
    const char *folder = test_folder();
    char *as = malloc(1000000);
    REQUIRE(as != NULL);
    memset(as, 'a', 1000000);
    REQUIRE(file_replace(file_join(&path, folder, "as"), as, 1000000) == 0);
    EXPECT(hash_file(path.data, hex) == 0);
    EXPECT_STR(hex, million);
    EXPECT_INT(hash_file(file_join(&path, folder, "none"), hex), ERR_NOTFOUND);
    EXPECT_HAS(err_text(), "none");
    EXPECT_INT(hash_file(folder, hex), ERR_IO);
    EXPECT_STR(hex, million); /* left alone */
    free(as);
    buf_done(&path);
}
